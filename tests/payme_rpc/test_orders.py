"""Each condition of an order, and of its account, against CheckPerformTransaction and CreateTransaction: V1 to V10."""

from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.actors.payme import OK, creation
from tests.payme_rpc.calls import A, B, refusal

OPENERS = ["CheckPerformTransaction", "CreateTransaction"]

MALFORMED = [
    pytest.param(None, id="null"),
    pytest.param("1001", id="a string"),
    pytest.param(1001, id="a number"),
    pytest.param([], id="a list"),
    pytest.param([{"order_id": "1001"}], id="a list of objects"),
    pytest.param({}, id="no field"),
    pytest.param({"Order_ID": "1001"}, id="another field"),
    *[
        pytest.param({"order_id": value}, id=repr(value)[:20])
        for value in [
            *("", None, True, False, 1001.0, 1.5, 1e300, [], ["1001"], {}, {"order_id": "1001"}),
            *("x" * 256, "9" * 60_000, 10**300, "a\nb", "\t", "10\x7f01", "\x9b"),
            *("nope", " 1001", "1001 ", "'; DROP TABLE orders"),
        ]
    ],
    pytest.param({"order_id": "1001", "extra": ["nested"]}, id="another field is a list"),
    pytest.param({"order_id": "1001", "extra": {"a": 1}}, id="another field is an object"),
]


@pytest.mark.parametrize("method", OPENERS)
@pytest.mark.parametrize("account", MALFORMED)
async def test_an_account_that_names_no_order_is_not_found(payme, shop, order, now, method, account):  # V1
    assert await refusal(payme, method, **creation(A, now) | {"account": account, "amount": 1}) == -31050
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("method", OPENERS)
async def test_an_account_that_is_missing_is_not_found(payme, now, method):  # V1
    assert await refusal(payme, method, id=A, time=now, amount=OK) == -31050


@pytest.mark.parametrize("account", ["x" * 255, "№ 7/ё", "مرحبا", "😀", "0", "a;b", "..", "%2F"])
async def test_an_account_may_be_of_any_script(payme, shop, now, account):
    await shop.opens(account, amount=OK)
    assert (await payme.creates(A, now, account))["state"] == 1


async def test_other_fields_of_the_account_are_kept(payme, order, now):
    account = {"order_id": "1001", "phone": "+998901234567", "n": 5, "x": 1.5, "b": True, "nothing": None}
    await payme.says("CreateTransaction", **creation(A, now) | {"account": account})
    (line,) = (await payme.says("GetStatement", from_=now, to=now))["transactions"]
    assert line["account"] == account


async def _paid(payme, shop, now):
    await payme.creates(A, now)
    await payme.performs(A)


async def _closed(payme, shop, now):
    await shop.closes("1001")


async def _refunded(payme, shop, now):
    await _paid(payme, shop, now)
    await payme.cancels(A, reason=5)


@pytest.mark.parametrize("method", OPENERS)
@pytest.mark.parametrize("becomes", [_paid, _closed, _refunded], ids=["paid", "cancelled", "refunded V10"])
async def test_an_order_that_has_ended_cannot_be_paid(payme, shop, order, now, method, becomes):  # V2, V10
    await becomes(payme, shop, now)
    assert await refusal(payme, method, **creation(B, now)) == -31051


@pytest.mark.parametrize("method", OPENERS)
async def test_an_expired_order_cannot_be_paid(payme, shop, clock, method):  # V3
    await shop.opens("1002", amount=OK, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    clock.advance(hours=1, milliseconds=1)
    assert await refusal(payme, method, **creation(A, to_ms(clock.now()), "1002")) == -31052


async def test_what_was_begun_in_time_goes_on_to_its_end(payme, shop, clock, now):
    await shop.opens("1002", amount=OK, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    await payme.creates(A, now, "1002")
    clock.advance(hours=2)
    assert (await payme.creates(A, now, "1002"))["state"] == 1
    assert (await payme.performs(A))["state"] == 2
    assert (await payme.cancels(A, reason=5))["state"] == -2


@pytest.mark.settings(PAYME_BUSY_ORDER_CODE="-31008")
async def test_a_held_order_is_busy_in_the_documented_words(payme, order, now):  # V4
    await payme.creates(A, now)
    error = (await payme.answers("CreateTransaction", **creation(B, now)))["error"]
    assert (error["code"], error.keys()) == (-31008, {"code", "message"})
    assert await refusal(payme, "CheckPerformTransaction", **creation(B, now)) == -31053


async def test_an_expired_attempt_does_not_count_for_a_check(payme, shop, order, now, clock):  # V5
    await payme.creates(A, now)
    clock.advance(hours=12, milliseconds=1)
    assert await payme.checks() == {"allow": True}
    assert await shop.states() == [("pending", "reserved")]


async def test_an_expired_attempt_makes_way(payme, shop, order, now, clock):  # V5
    await payme.creates(A, now)
    clock.advance(hours=12, milliseconds=1)
    assert (await payme.creates(B, to_ms(clock.now())))["state"] == 1
    assert await shop.states() == [("cancelled", "reserved"), ("pending", "reserved")]
    assert (await payme.looks_at(A))["reason"] == 4


@pytest.mark.parametrize("method", OPENERS)
@pytest.mark.parametrize("amount", [OK - 1, OK + 1, 0, -1, 1, OK * 100, OK // 100, 2**63, 10**30, -(10**30)])
async def test_another_amount_is_wrong(payme, shop, order, now, method, amount):  # V6
    assert await payme.says(method, **creation(A, now) | {"amount": amount}) == -31001
    assert await shop.states() == [(None, "awaiting")]


async def test_a_transaction_that_comes_too_late_is_not_written(payme, shop, order, now):  # V7
    assert await payme.creates(A, now - 43_200_001) == -31008
    assert await payme.looks_at(A) == -31003
    assert await shop.states() == [(None, "awaiting")]
    assert (await payme.creates(A, now - 43_200_000))["state"] == 1


async def test_all_good(payme, order, now):  # V8
    assert await payme.answers("CheckPerformTransaction", **creation(A, now)) | {"id": 0} == {
        "jsonrpc": "2.0",
        "id": 0,
        "result": {"allow": True},
    }
    created = await payme.creates(A, now)
    assert created == {"create_time": now, "transaction": created["transaction"], "state": 1, "receivers": None}
    assert isinstance(created["transaction"], str)


async def test_an_order_that_click_holds_is_busy_until_its_reservation_is_over(payme, click, shop, order, clock):
    await click.prepares("1001", amount="50000")
    assert await refusal(payme, "CheckPerformTransaction", **creation(A, to_ms(clock.now()))) == -31053
    assert await refusal(payme, "CreateTransaction", **creation(A, to_ms(clock.now()))) == -31053
    clock.advance(hours=1, milliseconds=1)
    assert (await payme.creates(A, to_ms(clock.now())))["state"] == 1
    assert await shop.states() == [("cancelled", "reserved"), ("pending", "reserved")]


ITEM = {
    "title": "Futbolka",
    "price": 2_500_000,
    "count": 2,
    "code": "06109001001000000",
    "package_code": "1415510",
    "vat_percent": 12,
    "discount": 0,
}


async def test_a_check_answers_with_the_lines_for_the_fiscal_receipt(payme, shop):
    await shop.opens("1002", amount=OK, items=[ITEM])
    assert await payme.checks("1002") == {"allow": True, "detail": {"receipt_type": 0, "items": [ITEM]}}


async def test_a_check_answers_with_the_shipping_too(payme, shop):
    shipping = {"title": "Yetkazib berish", "price": 1_000_000}
    await shop.opens("1002", amount=OK + 1_000_000, items=[{**ITEM, "units": 796}], shipping=shipping)
    assert await payme.checks("1002", OK + 1_000_000) == {
        "allow": True,
        "detail": {"receipt_type": 0, "items": [{**ITEM, "units": 796}], "shipping": shipping},
    }


async def test_a_balance_takes_any_amount_within_its_limits(payme, shop):
    await shop.opens("7", kind="accumulative", amount=None, min_amount=100, max_amount=1000)
    assert [await payme.checks("7", amount) for amount in (99, 100, 1000, 1001)] == [
        -31001,
        {"allow": True},
        {"allow": True},
        -31001,
    ]
