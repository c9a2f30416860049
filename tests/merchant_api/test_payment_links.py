"""How an order's payer is sent to the checkout: links, forms, or a sentence; and where he then returns."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from click_http.checkout import NO_MERCHANT
from core import moment_text
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import LINKS, Shop
from tests.checkouts import BOX, RETURN_URL, read_by_click, read_by_payme
from tests.clock import Clock

ORDERS = "/api/v1/orders"
ORDER = f"{ORDERS}/1001"
KEY = {"Idempotency-Key": "0f9c2c1e-5f0e"}
ASCII = "must be a URL without spaces and letters beyond ASCII: percent-encode them"

WRONG = [
    pytest.param({"return_url": "javascript:alert(1)"}, "must begin with https:// or http://", id="script"),
    pytest.param({"return_url": "/thanks"}, "must begin with https:// or http://", id="relative"),
    pytest.param({"return_url": ""}, "must begin with https:// or http://", id="empty"),
    pytest.param({"return_url": "https:///thanks"}, "must have a host", id="no host"),
    pytest.param({"return_url": "https://me:key@shop.uz/"}, "must not hold a user or a password", id="password"),
    pytest.param({"return_url": "https://shop.uz/a b"}, ASCII, id="space"),
    pytest.param({"return_url": "https://shop.uz/\n"}, ASCII, id="newline"),
    pytest.param({"return_url": "https://shop.uz/" + "a" * 1985}, "must be at most 2000 characters long", id="long"),
    pytest.param({"return_url": 5}, "must be a string", id="number"),
    pytest.param({"lang": "tj"}, "must be 'ru', 'uz' or 'en'", id="language"),
    pytest.param({"lang": "RU"}, "must be 'ru', 'uz' or 'en'", id="language in capitals"),
    pytest.param({"lang": ["ru"]}, "must be 'ru', 'uz' or 'en'", id="languages"),
    pytest.param({"card_type": "visa"}, "must be 'uzcard' or 'humo'", id="card"),
    pytest.param({"card_type": 8600}, "must be 'uzcard' or 'humo'", id="card as number"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
async def test_a_wrong_value_is_refused_by_its_name(shop: Shop, wrong: dict[str, Any], message: str):
    [name] = wrong
    for kind in ({"amount": 100}, {"kind": "accumulative"}):
        [(field, said)] = await shop.field_errors({"account": "1001", **kind, **wrong})
        assert (field, said[: len(message)]) == (name, message)
    await shop.opens("1001")
    status, _, problem = await shop.calls("PATCH", ORDER, wrong)
    [error] = problem["errors"]
    assert (status, error["field"], error["message"][: len(message)]) == (422, name, message)


@pytest.mark.parametrize("more", [{"amount": 100}, {"amount": None, "kind": "accumulative"}], ids=["order", "balance"])
async def test_the_links_say_where_the_payer_returns_and_how_he_is_received(shop: Shop, more: dict[str, Any]):
    sent = {"return_url": RETURN_URL, "lang": "en", "card_type": "uzcard"}
    order = await shop.opens("1001", **more, **sent)
    assert {name: order[name] for name in sent} == sent
    read = read_by_payme(order["links"]["payme"])
    assert (read["c"], read["l"], read["ct"], read.get("a")) == (RETURN_URL, "en", "15000", more["amount"] and "100")
    if more["amount"]:
        read = read_by_click(order["links"]["click"])
        assert (read["return_url"], read["card_type"]) == (RETURN_URL, "uzcard")
    assert await shop.shows("1001") == order
    assert (await shop.lists())["items"] == [order]


async def test_a_balance_has_no_link_to_click_and_hears_why(shop: Shop):
    order = await shop.opens("b", None, kind="accumulative")
    assert order["links"]["click"] is None
    assert order["link_problems"] == {
        "click": "A link to Click needs an amount, and a balance names none: open a one-time order for the payer."
    }
    assert order["forms"] == {}


@pytest.mark.settings(CLICK_MERCHANT_ID=None)
async def test_without_a_merchant_there_is_no_link_to_click_and_a_sentence(shop: Shop):
    order = await shop.opens("1001")
    assert order["links"]["click"] is None
    assert order["link_problems"] == {"click": NO_MERCHANT}


async def test_what_no_link_to_payme_can_carry_goes_by_a_form(shop: Shop):
    order = await shop.opens("1001", 100, return_url="https://shop.uz/?a=1;b=2", description="Toys", lang="uz")
    assert order["links"]["payme"] is None
    assert "the ; in return_url: send the payer by the form" in order["link_problems"]["payme"]
    fields = {
        **{"merchant": BOX, "account[order_id]": "1001", "amount": "100", "lang": "uz"},
        **{"callback": "https://shop.uz/?a=1;b=2", "callback_timeout": "15000", "description": "Toys"},
    }
    assert order["forms"] == {"payme": {"method": "POST", "action": "https://checkout.paycom.uz/", "fields": fields}}
    assert read_by_click(order["links"]["click"])["return_url"] == "https://shop.uz/?a=1;b=2"


@pytest.mark.settings(API_TEST_TOKEN="test-token-of-test-mode-0123456789-zyxwvutsr", PAYME_SANDBOX="1")
async def test_a_test_order_is_sent_to_the_test_cabinet_by_link_and_by_form(shop: Shop):
    trial = shop.with_token("test-token-of-test-mode-0123456789-zyxwvutsr")
    assert (await trial.opens("1001"))["links"]["payme"].startswith("https://test.paycom.uz/")
    by_form = await trial.opens("a;b")
    assert by_form["forms"]["payme"]["action"] == "https://test.paycom.uz/"
    assert by_form["links"] == {"payme": None}


@pytest.mark.settings(RETURN_URL="https://shop.example.uz/thanks")
async def test_the_shops_return_url_stands_in_where_the_order_has_none(shop: Shop):
    plain, own = await shop.opens("1"), await shop.opens("2", return_url=RETURN_URL)
    assert (plain["return_url"], own["return_url"]) == (None, RETURN_URL)
    for order, back in ((plain, "https://shop.example.uz/thanks"), (own, RETURN_URL)):
        assert read_by_payme(order["links"]["payme"])["c"] == back
        assert read_by_click(order["links"]["click"])["return_url"] == back


STEPS = [
    pytest.param([], True, id="awaiting"),
    pytest.param(["creates"], True, id="reserved"),
    pytest.param(["creates", "releases"], True, id="released"),
    pytest.param(["creates", "performs"], False, id="paid"),
    pytest.param(["creates", "performs", "cancels"], False, id="refunded"),
    pytest.param(["creates", "performs", "cancels", "reopens"], True, id="refunded and reopened"),
    pytest.param(["closes"], False, id="withdrawn"),
    pytest.param(["closes", "reopens"], True, id="withdrawn and reopened"),
    pytest.param(["expires"], False, id="expired unseen"),
    pytest.param(["creates", "expires"], False, id="reserved and expired"),
    pytest.param(["expires", "sweeps"], False, id="expired"),
    pytest.param(["expires", "reopens"], True, id="expired unseen and reopened"),
]


@pytest.mark.parametrize("account", ["1001", "a;b"])
@pytest.mark.parametrize(("steps", "payable"), STEPS)
async def test_there_is_a_link_or_a_form_while_a_payment_can_be_opened_and_only_then(
    shop: Shop, payme: Payme, clock: Clock, core: Any, account: str, steps: list[str], payable: bool
):
    """Every call that answers with the order says the same."""
    order = await shop.opens(account, 100, expires_at=moment_text(clock.now() + timedelta(hours=1)))
    for step in steps:
        match step:
            case "creates":
                await payme.creates("5f3a", to_ms(clock.now()), account, 100)
                clock.advance(minutes=11)
            case "performs":
                await payme.performs("5f3a")
            case "cancels":
                await payme.cancels("5f3a", 5)
            case "closes":
                order = await shop.closes(account)
            case "releases":
                order = await shop.releases(account)
            case "reopens":
                order = await shop.reopens(account, expires_at="2999-01-01T00:00:00Z")
            case "expires":
                clock.advance(hours=1, milliseconds=1)
            case "sweeps":
                await core.sweeper.sweep()
    shown = await shop.shows(account)
    assert (await shop.lists())["items"] == [shown]
    if steps and steps[-1] in ("closes", "releases", "reopens"):
        assert order == shown
    assert shown["links"].keys() == {"payme", "click"}
    by_link = {provider for provider, url in shown["links"].items() if url}
    by_form = {"payme"} if account == "a;b" else set()
    assert by_link == ({"payme", "click"} - by_form if payable else set())
    assert shown["forms"].keys() == (by_form if payable else set())
    assert shown["link_problems"].keys() == {"payme", "click"} - by_link
    if not payable:
        assert len(set(shown["link_problems"].values())) == 1
        assert "no link opens a payment any more" in shown["link_problems"]["click"]


async def test_a_repeated_opening_of_a_reserved_order_has_its_links(shop: Shop, payme: Payme, clock: Clock):
    order = await shop.opens("1001", 100)
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 100)
    again = (await shop.posts("1001", 100)).body
    assert [again[name] for name in LINKS] == [order[name] for name in LINKS]


async def test_the_first_answer_is_repeated_with_its_links_though_the_order_is_paid(
    shop: Shop, click: Click, clock: Clock
):
    expires_at = moment_text(clock.now() + timedelta(days=7))
    order = {"account": "1001", "amount": 500_00, "return_url": RETURN_URL, "expires_at": expires_at}
    first = await shop.asks("POST", ORDERS, order, KEY)
    await click.pays("1001", "500")
    clock.advance(days=6)
    again = await shop.asks("POST", ORDERS, order, KEY)
    assert (again.status, again.body) == (201, first.body)
    assert (await shop.shows("1001"))["links"] == {"payme": None, "click": None}


@pytest.mark.parametrize(
    "other",
    [{"return_url": RETURN_URL + "2"}, {"return_url": None}, {"lang": "ru"}, {"lang": None}, {"card_type": None}],
    ids=str,
)
async def test_an_opening_that_says_otherwise_is_another_order(shop: Shop, other: dict[str, Any]):
    sent = {"return_url": RETURN_URL, "lang": "uz", "card_type": "humo"}
    await shop.opens("1001", 100, **sent)
    assert (await shop.posts("1001", 100, **sent)).status == 200
    assert await shop.refused("POST", ORDERS, {"account": "1001", "amount": 100, **sent, **other}) == (
        409,
        "order_differs",
    )


async def test_it_is_amended_and_taken_away(shop: Shop):
    await shop.opens("1001", 100, return_url=RETURN_URL)
    changes = {"return_url": "https://shop.uz/other", "lang": "en", "card_type": "humo"}
    amended = await shop.amends("1001", **changes)
    assert {name: amended[name] for name in changes} == changes
    assert read_by_payme(amended["links"]["payme"])["c"] == "https://shop.uz/other"
    assert await shop.amends("1001", lang="en") == amended == await shop.shows("1001")
    assert await shop.amends("1001", amount=100, description="Toys") == {
        **amended,
        "description": "Toys",
        "version": 2,
        "forms": {},
    }
    bare = await shop.amends("1001", **dict.fromkeys(changes), description=None)
    assert {name: bare[name] for name in changes} == dict.fromkeys(changes)
    assert "c" not in read_by_payme(bare["links"]["payme"])
    assert (await shop.posts("1001", 100, return_url=RETURN_URL)).body == bare


async def test_a_price_that_changed_is_in_the_amended_orders_links(shop: Shop):
    await shop.opens("1001", 100)
    assert read_by_payme((await shop.amends("1001", amount=700))["links"]["payme"])["a"] == "700"


class Page(HTMLParser):
    """What a browser would open or send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hrefs: list[str | None] = []
        self.forms: list[dict[str, Any]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.hrefs.append(values["href"])
        elif tag == "form":
            self.forms.append({"method": str(values["method"]).upper(), "action": values["action"], "fields": {}})
        elif tag == "input":
            self.forms[-1]["fields"][values["name"]] = values["value"]


@pytest.mark.parametrize("account", ["1001", "a;b", "\"><script>alert('&amp;')</script>;"])
async def test_the_documents_button_opens_what_the_answer_says(shop: Shop, account: str):
    text = Path(__file__).parents[2].joinpath("docs/shop.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[0], names)
    order = await shop.opens(account, 100, return_url="https://shop.uz/?a=1&b='2'", description='Toys & "more"\n<b>')
    for provider, url in order["links"].items():
        page = Page(names["pay_button"](order, provider))
        assert page.hrefs == ([url] if url else [])
        assert page.forms == ([] if url else [order["forms"][provider]])
    assert names["pay_button"](await shop.closes(account), "payme") == ""


@pytest.mark.settings(PAYME_MERCHANT_ID=None, PAYME_KEY=None, PAYME_TEST_KEY=None)
async def test_a_provider_that_the_shop_has_not_has_no_link_and_no_problem(shop: Shop):
    order = await shop.opens("a;b")
    assert (list(order["links"]), order["link_problems"], order["forms"]) == (["click"], {}, {})
