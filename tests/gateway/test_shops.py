"""Shops: from settings to what the interfaces are given."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from core.domain.records import Order
from gateway.config.settings import load
from gateway.shops import api_tokens, cash_boxes, click_services, links, warnings
from schema.values import OrderKind, OrderState, Tiyin
from tests.conftest import SETTINGS

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"
TRIALS = {"API_TEST_TOKEN": TEST_TOKEN, "PAYME_SANDBOX": "1"}
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
    (service,) = click_services(settings)["main"]
    assert service.secret_key == SETTINGS["CLICK_SECRET_KEY"]
    assert api_tokens(settings) == {"main": (SETTINGS["API_TOKEN"],)}


def test_test_mode_has_tokens_and_a_service_of_its_own() -> None:
    settings = load(SETTINGS | {"API_TEST_TOKEN": TEST_TOKEN, "CLICK_TEST": "1"})
    assert api_tokens(settings) == {"main": (SETTINGS["API_TOKEN"],), "main~test": (TEST_TOKEN,)}
    assert [service.shop for service in click_services(settings)["main"]] == ["main~test"]


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
            SETTINGS | {"PAYME_SANDBOX": "1"}, {"payme": LIVE, "click": CLICK + "&merchant_user_id=7788"}, id="sandbox"
        ),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, {"payme": LIVE}, id="Click in test mode"),
        pytest.param(without("CLICK"), {"payme": LIVE}, id="Payme alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_USER_ID"), {"click": CLICK}, id="Click alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), {}, id="Click without a merchant"),
    ],
)
def test_links_lead_to_the_configured_providers(environ: dict[str, str], found: Mapping[str, str]) -> None:
    assert _unordered(links(load(environ))(ORDER)) == _unordered(found)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        pytest.param(SETTINGS, {}, id="nothing is open to it"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, {"payme": TEST}, id="Payme"),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, {"click": CLICK + "&merchant_user_id=7788"}, id="Click"),
    ],
)
def test_links_of_a_test_order_lead_to_what_takes_no_money(environ: dict[str, str], found: Mapping[str, str]) -> None:
    assert _unordered(links(load(environ))(ORDER._replace(shop="main~test"))) == _unordered(found)


def test_an_order_of_an_unknown_shop_has_no_links() -> None:
    assert links(load(SETTINGS))(ORDER._replace(shop="toys")) == {}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        pytest.param(SETTINGS, ["PAYME_TEST_KEY"], id="test key without sandbox"),
        pytest.param(SETTINGS | TRIALS, [], id="nothing to say"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, ["API_TEST_TOKEN"], id="no token for test orders"),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, ["PAYME_TEST_KEY", "API_TEST_TOKEN"], id="nor for Click's"),
        pytest.param(without("PAYME_TEST") | {"PAYME_SANDBOX": "1"}, ["PAYME_TEST_KEY"], id="a sandbox without a key"),
        pytest.param(
            without("PAYME") | {"API_TEST_TOKEN": TEST_TOKEN}, ["test orders cannot be paid"], id="nobody to pay with"
        ),
        pytest.param(without("API", "PAYME"), ["API_TOKEN"], id="no token"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), ["CLICK_MERCHANT_ID"], id="no links"),
        pytest.param(without("PAYME", "CLICK"), ["Payme"], id="no provider"),
        pytest.param(
            without("PAYME") | {"CLICK_TEST": "1", "API_TEST_TOKEN": TEST_TOKEN},
            ["its only service at Click is a test service"],
            id="nobody takes money",
        ),
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
