"""Shops: from settings to what the interfaces are given."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from core.domain.records import Order
from gateway.config.settings import load
from gateway.shops import api_tokens, cash_boxes, click_services, links, warnings
from schema.values import OrderKind, OrderState, Tiyin
from tests.conftest import SETTINGS

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORDER = Order(
    id=1,
    shop="main",
    account="1001",
    kind=OrderKind.ONE_TIME,
    amount=Tiyin(5_000_000),
    min_amount=None,
    max_amount=None,
    state=OrderState.AWAITING,
    version=0,
    fingerprint="",
    expires_at=None,
    delivered_at=None,
    created_at=NOW,
    changed_at=NOW,
)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in SETTINGS.items() if not name.startswith(names)}


def test_a_shop_becomes_a_cash_box_a_service_and_tokens() -> None:
    settings = load(SETTINGS)
    assert cash_boxes(settings)["main"].keys == (SETTINGS["PAYME_KEY"],)
    assert click_services(settings)["main"].secret_key == SETTINGS["CLICK_SECRET_KEY"]
    assert api_tokens(settings) == {"main": (SETTINGS["API_TOKEN"],)}


def test_what_is_not_configured_has_no_interface() -> None:
    assert cash_boxes(load(without("PAYME"))) == {}
    assert click_services(load(without("CLICK"))) == {}
    assert api_tokens(load(without("API"))) == {}


def test_no_secret_is_printed() -> None:
    settings = load(SETTINGS)
    printed = f"{settings!r}{cash_boxes(settings)!r}{click_services(settings)!r}"
    assert [name for name, value in SETTINGS.items() if ("KEY" in name or "TOKEN" in name) and value in printed] == []


LIVE = "https://checkout.paycom.uz/bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTAwMTthPTUwMDAwMDA="
TEST = LIVE.replace("checkout.paycom.uz", "test.paycom.uz")
CLICK = "https://my.click.uz/services/pay?service_id=54321&merchant_id=98&amount=50000.00&transaction_param=1001"


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        pytest.param(SETTINGS, {"payme": LIVE, "click": CLICK + "&merchant_user_id=7788"}, id="both"),
        pytest.param(
            SETTINGS | {"PAYME_SANDBOX": "1"}, {"payme": TEST, "click": CLICK + "&merchant_user_id=7788"}, id="test"
        ),
        pytest.param(without("CLICK"), {"payme": LIVE}, id="Payme alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_USER_ID"), {"click": CLICK}, id="Click alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), {}, id="Click without a merchant"),
    ],
)
def test_links_lead_to_the_configured_providers(environ: dict[str, str], found: Mapping[str, str]) -> None:
    assert _unordered(links(load(environ))(ORDER)) == _unordered(found)


def test_an_order_of_an_unknown_shop_has_no_links() -> None:
    assert links(load(SETTINGS))(ORDER._replace(shop="toys")) == {}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        pytest.param(SETTINGS, ["PAYME_TEST_KEY"], id="test key without sandbox"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, [], id="nothing to say"),
        pytest.param(without("API", "PAYME"), ["API_TOKEN"], id="no token"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), ["CLICK_MERCHANT_ID"], id="no links"),
        pytest.param(without("PAYME", "CLICK"), ["Payme"], id="no provider"),
    ],
)
def test_what_is_probably_not_meant_is_said(environ: dict[str, str], named: list[str]) -> None:
    said = warnings(load(environ))
    assert len(said) == len(named)
    assert all(name in warning for name, warning in zip(named, said, strict=True))


def _unordered(found: Mapping[str, str]) -> dict[str, tuple[str, frozenset[str]]]:
    return {
        provider: (link.split("?")[0], frozenset(link.split("?")[-1].split("&"))) for provider, link in found.items()
    }
