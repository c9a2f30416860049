"""Payment links by provider: which there are, and where the payer then returns."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core import Details, Order, Refusal, Shown
from core.domain.order_refusal import unpayable
from gateway.config.settings import load
from gateway.payment_links import payment_links
from inbound.payment_link import PaymentLink
from schema.values import OrderKind, OrderState
from tests.checkouts import BOX, NOW, an_order, read_by_click, read_by_payme
from tests.conftest import SETTINGS
from tests.gateway.test_shops import without

LIVE = "https://checkout.paycom.uz/bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTAwMTthPTUwMDAwMDA="
TEST = LIVE.replace("checkout.paycom.uz", "test.paycom.uz")
CLICK = "https://my.click.uz/services/pay?service_id=54321&merchant_id=98&amount=50000.00&transaction_param=1001"
BOTH = {"payme": LIVE, "click": CLICK + "&merchant_user_id=7788"}

OWN, SHOPS = "https://toys.example.uz/thanks?order=1001", "https://shop.example.uz/thanks"


def links(environ: Mapping[str, str], order: Order, unpayable: Refusal | None = None) -> dict[str, PaymentLink]:
    return payment_links(load(environ))(Shown(order, (), unpayable))


def urls(environ: Mapping[str, str], order: Order) -> dict[str, str | None]:
    return {provider: link.url for provider, link in links(environ, order).items()}


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        pytest.param(SETTINGS, BOTH, id="both"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, BOTH, id="sandbox"),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, {"payme": LIVE}, id="Click in test mode"),
        pytest.param(without("CLICK"), {"payme": LIVE}, id="Payme alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_USER_ID"), {"click": CLICK}, id="Click alone"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), {"click": None}, id="Click without a merchant"),
        pytest.param(without("PAYME", "CLICK"), {}, id="no provider"),
    ],
)
def test_links_lead_to_the_configured_providers(environ: dict[str, str], found: Mapping[str, str | None]) -> None:
    assert urls(environ, an_order()) == found


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        pytest.param(SETTINGS, {}, id="nothing is open to it"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, {"payme": TEST}, id="Payme"),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, {"click": CLICK + "&merchant_user_id=7788"}, id="Click"),
    ],
)
def test_links_of_a_test_order_lead_to_what_takes_no_money(environ: dict[str, str], found: Mapping[str, str]) -> None:
    assert urls(environ, an_order(shop="main~test")) == found


def test_an_order_of_an_unknown_shop_has_no_links() -> None:
    assert links(SETTINGS | {"RETURN_URL": SHOPS}, an_order(shop="toys")) == {}


@pytest.mark.parametrize(
    ("own", "of_shop", "back"),
    [
        pytest.param(None, None, None, id="nowhere"),
        pytest.param(None, SHOPS, SHOPS, id="to the shop's"),
        pytest.param(OWN, None, OWN, id="to the order's own"),
        pytest.param(OWN, SHOPS, OWN, id="to the order's own before the shop's"),
    ],
)
@pytest.mark.parametrize("shop", ["main", "main~test"])
def test_the_payer_returns(tmp_path: Path, own: str | None, of_shop: str | None, back: str | None, shop: str) -> None:
    environ = SETTINGS | {"PAYME_SANDBOX": "1", **({"CLICK_TEST": "1"} if shop.endswith("~test") else {})}
    environ |= {"RETURN_URL": of_shop} if of_shop else {}
    found = urls(environ, an_order(shop=shop, details=Details(return_url=own)))
    assert read_by_payme(str(found["payme"])).get("c") == back
    assert read_by_click(str(found["click"])).get("return_url") == back


def test_each_shop_has_a_return_url_of_its_own(tmp_path: Path) -> None:
    toml = f"""
        [shops.toys]
        return_url = "{OWN}"
        [shops.toys.payme]
        merchant_id = "{BOX}"
        keys = ["Toys-live-key-no-1"]
    """
    (tmp_path / "tiyin.toml").write_text(toml)
    links_of = payment_links(load(SETTINGS | {"RETURN_URL": SHOPS}, tmp_path))
    for shop, back in (("toys", OWN), ("main", SHOPS)):
        found = links_of(Shown(an_order(shop=shop), (), unpayable=None))
        assert read_by_payme(str(found["payme"].url))["c"] == back


def test_an_order_that_nobody_can_pay_has_neither_links_nor_forms() -> None:
    """Of every state; the sentence says which it is."""
    said = {}
    for kind in OrderKind:
        for state in OrderState:
            order = an_order("a;b", 100 if kind is OrderKind.ONE_TIME else None, state=state)
            found = links(SETTINGS, order, unpayable(order, NOW))
            assert found.keys() == {"payme", "click"}
            if state not in (OrderState.AWAITING, OrderState.RESERVED):
                assert [(link.url, link.form) for link in found.values()] == [(None, None)] * 2
                said[state] = found["payme"].problem
                assert found["click"].problem == said[state]
            elif kind is OrderKind.ONE_TIME:
                assert (found["payme"].form is not None, found["click"].url is not None) == (True, True)
    assert said == {
        OrderState.PAID: "The order is paid: no link opens a payment any more.",
        OrderState.CANCELLED: "The order is cancelled: no link opens a payment any more. Reopen it to have it paid.",
        OrderState.EXPIRED: "The order's time is over: no link opens a payment any more. Reopen it to have it paid.",
        OrderState.REFUNDED: (
            "The order's money was given back: no link opens a payment any more. Reopen it to have it paid."
        ),
        OrderState.PARTIALLY_REFUNDED: "The order is paid: no link opens a payment any more.",
        OrderState.ELSEWHERE: "Another system keeps the order: no link opens a payment any more.",
    }
