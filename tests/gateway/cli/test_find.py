"""`tiyin find`, typed by somebody who has a number, or a day and an amount."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core import Attempt, ExternalPaymentRef, OrderRef
from gateway.app import open_core
from gateway.config.settings import load
from schema.click_ids import attempt_id
from schema.values import Provider, Tiyin
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types

SHOPS = """
[shops.toys]
api_tokens = ["toys-token-0123456789-abcdefghijklmnop"]

[shops.toys.click]
service_id = 99
merchant_id = 97
secret_key = "toys-click-secret"
"""
CLICK = 3_650_011_223
PAYDOC = 2_900_011_223

Tries = Callable[[str, str, int], int]


@pytest.fixture
def tries(database_url: str, database: AsyncEngine, types: Types) -> Tries:
    """A shop's order, and somebody who begins to pay it through a service of Click's. Returns our id of the payment."""

    async def begin(shop: str, account: str, service_id: int) -> int:
        command = Attempt(
            payment=ExternalPaymentRef(shop, Provider.CLICK, attempt_id(service_id, CLICK, account)),
            order=OrderRef(shop, account),
            amount=Tiyin(5_000_000),
            payment_number=PAYDOC,
            declined_reason=None,
            account_received={},
        )
        async with open_core(load(dict(SETTINGS)), database_url) as core:
            answer = await core.do(command)
            return int(answer.payment.id)  # type: ignore[union-attr]

    return lambda shop, account, service_id: asyncio.run(begin(shop, account, service_id))


def test_a_payment_is_found_by_each_of_its_numbers(types: Types, tries: Tries) -> None:
    types("order", "add", "1001", "5000000")
    types("order", "add", "1002", "5000000")
    payment = tries("main", "1001", 54321)
    for words in (["1001"], [str(PAYDOC)], [str(CLICK)], [str(payment)], [f"54321:{CLICK}:1001"]):
        status, said, _ = types("find", *words)
        assert (status, "1002" in said) == (0, False)
        assert all(part in said for part in ("1001", str(payment), str(PAYDOC), f"54321:{CLICK}:1001", "pending"))
    day = re.search(r"\d{4}-\d\d-\d\d", said)  # it is shown in Tashkent's time, as the tests run
    assert day is not None
    for words in ([day[0]], ["50000.00", day[0]], [day[0], "5", "000", "000"]):
        status, said, _ = types("find", *words)
        assert (status, str(payment) in said) == (0, True)


def test_it_looks_in_every_shop_and_test_mode_unless_one_is_named(types: Types, tries: Tries, tmp_path: Path) -> None:
    config = tmp_path / "tiyin.toml"
    config.write_text(SHOPS)
    shops = {"TIYIN_CONFIG": str(config)}
    for arguments in (("--shop", "main"), ("--shop", "toys"), ("--shop", "toys", "--test")):
        assert types("order", "add", "1001", "5000000", *arguments, **shops)[0] == 0
    tries("toys", "1001", 99)
    said = types("find", "1001", **shops)[1]
    assert all(f"of shop {shop}," in said for shop in ("main", "toys", "toys (test mode)"))
    assert "main" not in types("find", str(CLICK), **shops)[1]
    assert "toys" not in types("find", "1001", "--shop", "main", **shops)[1]
    said = types("find", "1001", "--shop", "toys", "--test", **shops)[1]
    assert ("test mode" in said, "pending" in said) == (True, False)


def test_more_than_is_shown_is_said(types: Types) -> None:
    for arguments in ((), ("--test",)):
        types("order", "add", "1001", "5000000", *arguments)
    status, said, _ = types("find", "1001", "--limit", "1")
    assert (status, said.splitlines()[-1]) == (0, "There are more; these are the newest 1. See --limit.")


def test_no_id_is_cut_or_broken(types: Types) -> None:
    account = "an account of " + "many words and " * 12
    types("order", "add", account, "5000000")
    assert any(account in line for line in types("find", account, COLUMNS="40")[1].splitlines())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["1001"], "Nothing goes by '1001'. An amount is looked for with its day: 50000.00 2026-11-28.\n"),
        (["50000", "2026-11-28"], "Nothing goes by '50000 2026-11-28'.\n"),
        ([" "], "Look for 1-255 characters, none of them a control character.\n"),
        (["a" * 256], "Look for 1-255 characters, none of them a control character.\n"),
        (["1", "--shop", "toys"], "There is no shop 'toys'; --shop takes one of: main.\n"),
    ],
)
def test_what_is_not_found_is_one_sentence(types: Types, words: list[str], sentence: str) -> None:
    assert types("find", *words) == (1, "", sentence)
