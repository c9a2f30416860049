"""Opening an order: a new one, the same again, another for the same account."""

from datetime import timedelta

import pytest

from core import moment_text
from schema.values import MAX_AMOUNT, to_ms
from tests.actors.payme import Payme
from tests.actors.shop import LINKS, Shop
from tests.clock import Clock

ORDERS = "/api/v1/orders"
PAYMENT = "5305e3bab097f420a62ced0b"

ACCOUNTS = [
    pytest.param("1001", "/api/v1/orders/1001", id="digits"),
    pytest.param("a/b", "/api/v1/orders/a%2Fb", id="slash"),
    pytest.param("1/cancel", "/api/v1/orders/1%2Fcancel", id="looks like a call"),
    pytest.param("Заказ №7 ў", "/api/v1/orders/%D0%97%D0%B0%D0%BA%D0%B0%D0%B7%20%E2%84%967%20%D1%9E", id="Cyrillic"),
    pytest.param("👨‍👩‍👧", "/api/v1/orders/%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7", id="emoji"),
    pytest.param(" a  b ", "/api/v1/orders/%20a%20%20b%20", id="spaces"),
    pytest.param("100%25+?#&;{}\\", "/api/v1/orders/100%2525%2B%3F%23%26%3B%7B%7D%5C", id="signs"),
    pytest.param("v1.2", "/api/v1/orders/v1.2", id="dot within"),
    pytest.param(".", "/api/v1/orders/%2E", id="dot"),
    pytest.param("..", "/api/v1/orders/%2E%2E", id="two dots"),
    pytest.param("'; DROP TABLE orders --", "/api/v1/orders/%27%3B%20DROP%20TABLE%20orders%20--", id="SQL"),
    pytest.param("ж" * 255, "/api/v1/orders/" + "%D0%B6" * 255, id="255 characters"),
]


async def test_a_new_order_awaits_its_payment(shop: Shop, clock: Clock):
    status, headers, order = await shop.posts("1001", 500_00)
    links, problems, forms = [order.pop(name) for name in LINKS]
    assert (status, headers["Location"]) == (201, "/api/v1/orders/1001")
    assert order == {
        "test": False,
        "account": "1001",
        "kind": "one_time",
        "amount": 500_00,
        "description": None,
        "expires_at": None,
        "strict_expiry": False,
        "items": None,
        "shipping": None,
        "return_url": None,
        "lang": None,
        "card_type": None,
        "metadata": {},
        "state": "awaiting",
        "created_at": moment_text(clock.now()),
        "version": 0,
        "payments": [],
        "totals": {"payments": 0, "paid": 0, "reversed": 0},
        "reserved_by": None,
        "reserved_until": None,
    }
    assert links["payme"].startswith("https://checkout.paycom.uz/")
    assert links["click"].startswith("https://my.click.uz/services/pay?")
    assert (problems, forms) == ({}, {})


async def test_everything_that_was_sent_is_in_the_answer(shop: Shop):
    sent = {
        "kind": "one_time",
        "description": "Коробка игрушек\n\t\u202eи ўйинчоқ 🧸",
        "expires_at": "2199-01-02T03:04:05.678Z",
        "items": [
            {
                "title": "Toy",
                "price": 2_500_000,
                "count": 2,
                "code": "06109001001000000",
                "package_code": "1415510",
                "vat_percent": 12,
                "discount": 0,
                "units": None,
            }
        ],
        "shipping": {"title": "By bicycle", "price": 1_000_000},
        "return_url": "https://shop.example.uz/thanks?order=7&from=%D1%83#top",
        "lang": "uz",
        "card_type": "humo",
        "metadata": {"a": None, "b": True, "c": -7, "d": 1.25, "e": "six", "": ""},
    }
    order = await shop.opens("1001", 6_000_000, **sent)
    assert {name: order[name] for name in sent} == sent
    assert await shop.shows("1001") == order


async def test_a_balance_has_limits_instead_of_an_amount(shop: Shop):
    order = await shop.opens("user-7", None, kind="accumulative", min_amount=100, max_amount=100)
    assert order.keys() == {
        *("account", "kind", "min_amount", "max_amount", "description", "expires_at", "metadata"),
        *("test", "strict_expiry", "state", "created_at", "version", "payments", "totals"),
        *("reserved_by", "reserved_until", "return_url", "lang", "card_type", *LINKS),
    }
    assert (order["kind"], order["min_amount"], order["max_amount"]) == ("accumulative", 100, 100)
    assert await shop.shows("user-7") == order


async def test_limits_may_be_left_out(shop: Shop):
    order = await shop.opens("user-7", None, kind="accumulative")
    assert (order["min_amount"], order["max_amount"]) == (None, None)


@pytest.mark.parametrize("amount", [1, MAX_AMOUNT])
async def test_the_smallest_and_the_largest_amount(shop: Shop, amount: int):
    assert (await shop.opens("1001", amount))["amount"] == amount


@pytest.mark.parametrize(("account", "path"), ACCOUNTS)
async def test_an_account_of_any_script_is_found_again_at_its_path(shop: Shop, account: str, path: str):
    status, headers, order = await shop.posts(account)
    assert (status, headers["Location"], order["account"]) == (201, path, account)
    assert (await shop.calls("GET", path)).body == order
    assert (await shop.calls("POST", path + "/cancel")).body["state"] == "cancelled"


async def test_the_same_again_is_the_same_order(shop: Shop):
    order = await shop.opens("1001", description="Toys", metadata={"a": 1, "b": 2})
    status, headers, again = await shop.posts("1001", metadata={"b": 2, "a": 1}, description="Toys", items=None)
    assert (status, headers["Location"], again) == (200, "/api/v1/orders/1001", order)
    assert await shop.transitions() == ["open"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"amount": 501_00}, id="amount"),
        pytest.param({"description": "Books"}, id="description"),
        pytest.param({"expires_at": "2199-01-01T00:00:00Z"}, id="time"),
        pytest.param({"metadata": {"a": 1}}, id="metadata"),
        pytest.param({"amount": None, "kind": "accumulative"}, id="kind"),
    ],
)
async def test_another_order_for_the_same_account_is_refused(shop: Shop, other: dict[str, object]):
    order = await shop.opens("1001", description="Toys")
    assert await shop.refused("POST", ORDERS, {**_order_body("1001"), **other}) == (409, "order_differs")
    assert await shop.shows("1001") == order


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2199-01-02T08:04:05.678999+05:00", "2199-01-02T03:04:05.678Z"),
        ("2199-01-02 03:04:05Z", "2199-01-02T03:04:05.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
async def test_a_time_is_kept_in_utc_to_the_millisecond(shop: Shop, sent: str, kept: str):
    assert (await shop.opens("1001", expires_at=sent))["expires_at"] == kept
    assert (await shop.shows("1001"))["expires_at"] == kept


async def test_a_time_that_has_passed_opens_no_order(shop: Shop, clock: Clock):
    field_error = ("expires_at", "must lie in the future")
    assert await shop.field_errors({**_order_body("1001"), "expires_at": moment_text(clock.now())}) == [field_error]
    assert await shop.states() == []


@pytest.mark.parametrize("other", [{}, {"amount": 501_00}], ids=["the same", "with another content"])
@pytest.mark.parametrize("state", ["cancelled", "paid", "refunded", "expired"])
async def test_an_account_whose_order_is_over_opens_no_order(
    shop: Shop, payme: Payme, clock: Clock, state: str, other: dict[str, object]
):
    body = {**_order_body("1001"), "expires_at": moment_text(clock.now() + timedelta(hours=1))}
    assert (await shop.calls("POST", ORDERS, body)).status == 201
    if state == "cancelled":
        await shop.closes("1001")
    elif state == "expired":
        clock.advance(hours=1, milliseconds=1)
    else:
        await _created(payme, clock)
        await payme.performs(PAYMENT)
        if state == "refunded":
            await payme.cancels(PAYMENT, 5)
    before = await shop.shows("1001")
    again = await shop.calls("POST", ORDERS, {**body, **other})
    assert (again.status, again.body["type"]) == (409, f"urn:problem-type:tiyin:order_{state}")
    assert "nothing was opened. Another order needs another account." in again.body["detail"]
    assert await shop.shows("1001") == before


async def test_a_balance_that_was_withdrawn_opens_no_balance(shop: Shop):
    balance = {"account": "user-7", "kind": "accumulative"}
    await shop.calls("POST", ORDERS, balance)
    await shop.closes("user-7")
    assert await shop.refused("POST", ORDERS, balance) == (409, "order_cancelled")


async def test_the_first_answer_is_given_again_under_its_key_whatever_became_of_the_order(shop: Shop):
    headers = {"Idempotency-Key": "key-of-1001"}
    first = await shop.calls("POST", ORDERS, _order_body("1001"), headers=headers)
    await shop.closes("1001")
    again = await shop.calls("POST", ORDERS, _order_body("1001"), headers=headers)
    assert (again.status, again.body) == (201, first.body)
    assert await shop.refused("POST", ORDERS, _order_body("1001")) == (409, "order_cancelled")


async def test_an_order_that_is_being_paid_is_still_the_same_after_its_time(shop: Shop, payme: Payme, clock: Clock):
    until = moment_text(clock.now() + timedelta(hours=1))
    await shop.opens("1001", expires_at=until)
    await _created(payme, clock)
    clock.advance(hours=2)
    status, _, again = await shop.posts("1001", expires_at=until)
    assert (status, again["state"]) == (200, "reserved")


async def _created(payme: Payme, clock: Clock) -> None:
    assert (await payme.creates(PAYMENT, to_ms(clock.now()), "1001", 500_00))["state"] == 1


def _order_body(account: str) -> dict[str, object]:
    return {"account": account, "amount": 500_00}
