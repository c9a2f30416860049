"""What follows what: an attempt's state against each request, and one order with several attempts.

More of it, by its answers alone, is asked by the sandbox's suite (its groups "order" and "states").
"""

from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.log_records import logged

A = "5305e3bab097f420a62ced0a"
"""Payme's id of a transaction."""

PREPARED, PAID, CANCELLED = [("pending", "reserved")], [("paid", "paid")], [("cancelled", "awaiting")]
NOTHING = [(None, "awaiting")]


def a_minute_from(clock):
    return (clock.now() + timedelta(minutes=1)).isoformat()


async def attempt_in(state, click, account="1001"):
    """Bring an attempt into the state. Returns its form, which is Prepare's, and its prepare id."""
    form = click.form(account)
    if state == "none":
        return form, 999_999_999
    prepare_id = (await click.posts(form))["merchant_prepare_id"]
    if state != "prepared":
        await click.completes(prepare_id, account, error=0 if state == "paid" else -5017)
    return form, prepare_id


@pytest.mark.parametrize(
    ("state", "error", "left"),
    [
        pytest.param("none", 0, PREPARED, id="none, O7i"),
        pytest.param("prepared", 0, PREPARED, id="prepared, O7h"),
        pytest.param("paid", -4, PAID, id="paid, O7a"),
        pytest.param("cancelled", -9, CANCELLED, id="cancelled, O7b"),
    ],
)
async def test_a_repeated_prepare_in_every_state(click, shop, state, error, left):
    await shop.opens("1001")
    form, prepare_id = await attempt_in(state, click)
    answer = await click.posts(form)
    assert answer["error"] == error
    assert state == "none" or answer["merchant_prepare_id"] == prepare_id
    assert await shop.states() == left


@pytest.mark.parametrize(
    ("state", "error", "answer", "left"),
    [
        pytest.param("none", 0, -6, NOTHING, id="none, 0, O8a"),
        pytest.param("none", -1, -9, NOTHING, id="none, -1, O5d"),
        pytest.param("none", -5017, -9, NOTHING, id="none, -5017, O5d"),
        pytest.param("prepared", 0, 0, PAID, id="prepared, 0, O8e"),
        pytest.param("prepared", -1, -9, CANCELLED, id="prepared, -1, O5c"),
        pytest.param("prepared", -5017, -9, CANCELLED, id="prepared, -5017, O5c"),
        pytest.param("paid", 0, -4, PAID, id="paid, 0, O8b"),
        pytest.param("paid", -1, -4, PAID, id="paid, -1, O5a"),
        pytest.param("paid", -5017, -9, PAID, id="paid, -5017, O5b"),
        pytest.param("cancelled", 0, -9, CANCELLED, id="cancelled, 0, O8c"),
        pytest.param("cancelled", -1, -9, CANCELLED, id="cancelled, -1, O5c"),
        pytest.param("cancelled", -5017, -9, CANCELLED, id="cancelled, -5017, O5c"),
    ],
)
async def test_complete_in_every_state(click, shop, state, error, answer, left):
    await shop.opens("1001")
    _, prepare_id = await attempt_in(state, click)
    assert (await click.completes(prepare_id, "1001", error=error))["error"] == answer
    assert await shop.states() == left


async def test_the_whole_answers_of_a_payment(click, shop):
    await shop.opens("1001")
    prepared = await click.prepares("1001", click_trans_id=3650011223)
    prepare_id = prepared["merchant_prepare_id"]
    completed = await click.completes(prepare_id, "1001", click_trans_id=3650011223)
    again = await click.completes(prepare_id, "1001", click_trans_id=3650011223)
    ids = {"click_trans_id": 3650011223, "merchant_trans_id": "1001", "merchant_prepare_id": prepare_id}
    assert prepared == ids | {"merchant_confirm_id": 0, "error": 0, "error_note": "Success"}
    assert completed == ids | {"merchant_confirm_id": prepare_id, "error": 0, "error_note": "Success"}
    assert again == ids | {"merchant_confirm_id": prepare_id, "error": -4, "error_note": "Already paid"}


async def test_a_failure_of_a_paid_payment_is_an_alert(click, shop, caplog):
    await shop.opens("1001")
    _, prepare_id = await attempt_in("paid", click)
    await click.completes(prepare_id, "1001", error=-5017)
    assert [record.levelname for record in caplog.records if record.name == "click_http.handlers"] == ["ERROR"]
    (alert,) = logged(caplog.records, "click reports an error for a paid payment")
    assert (alert["account"], alert["payment_id"], alert["click_error"]) == ("1001", str(prepare_id), -5017)


async def test_the_reason_that_click_gives_is_kept(click, shop):
    await shop.opens("1001")
    for error in (-5017, -(2**40)):
        prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
        await click.completes(prepare_id, "1001", error=error)
    payments = (await shop.shows("1001"))["payments"]
    assert [payment["reason"] for payment in payments] == [-5017, -(2**31)]


async def test_one_number_for_several_orders(click, shop):
    await shop.opens("1001")
    await shop.opens("1002")
    numbers = {"click_trans_id": 7, "click_paydoc_id": 7}
    assert await click.pays("1001", **numbers) != await click.pays("1002", **numbers)


@pytest.mark.parametrize("amount", ["500", "499"])
async def test_o7e_an_order_that_was_withdrawn(click, shop, amount):
    await shop.opens("1001")
    await shop.closes("1001")
    assert (await click.prepares("1001", amount))["error"] == -9


async def test_o7e_an_expired_order(click, shop, clock):
    await shop.opens("1001", expires_at=a_minute_from(clock))
    clock.advance(seconds=60, milliseconds=1)
    assert (await click.prepares("1001"))["error"] == -9


async def test_o7e_expiry_leaves_an_attempt_that_has_begun(click, shop, clock):
    await shop.opens("1001", expires_at=a_minute_from(clock))
    form, prepare_id = await attempt_in("prepared", click)
    clock.advance(seconds=61)
    assert (await click.posts(form))["merchant_prepare_id"] == prepare_id
    assert (await click.completes(prepare_id, "1001"))["error"] == 0


async def test_o7e_an_order_that_was_given_back(click, payme, shop, clock):
    await shop.opens("1001")
    await payme.creates(A, to_ms(clock.now()), "1001", 50_000)
    await payme.performs(A)
    await payme.cancels(A, reason=5)
    assert (await click.prepares("1001"))["error"] == -9


@pytest.mark.parametrize("amount", ["500", "499"])
async def test_o7j_an_order_that_payme_holds(click, payme, shop, clock, amount):
    await shop.opens("1001")
    await payme.creates(A, to_ms(clock.now()), "1001", 50_000)
    assert (await click.prepares("1001", amount))["error"] == -9


async def test_o7k_an_order_that_payme_has_held_too_long(click, payme, shop, clock):
    await shop.opens("1001")
    await payme.creates(A, to_ms(clock.now()), "1001", 50_000)
    clock.advance(hours=12, milliseconds=1)
    assert (await click.prepares("1001"))["error"] == 0
    ended = await payme.looks_at(A)
    assert (ended["state"], ended["reason"]) == (-1, 4)


async def test_o7l_a_new_attempt_takes_the_older_ones_place(click, shop):
    await shop.opens("1001")
    _, older = await attempt_in("prepared", click)
    newer = (await click.prepares("1001"))["merchant_prepare_id"]
    assert (await click.completes(newer, "1001"))["error"] == 0
    assert (await click.completes(older, "1001"))["error"] == -9
    assert await shop.states() == [("cancelled", "paid"), ("paid", "paid")]


async def test_o7m_another_attempt_of_the_same_payment_is_the_same(click, shop):
    await shop.opens("1001")
    first = click.form("1001", click_paydoc_id=77)
    second = click.form("1001", click_paydoc_id=77)
    prepare_ids = [(await click.posts(form))["merchant_prepare_id"] for form in (first, second, first, second)]
    assert len(set(prepare_ids)) == 1
    await click.completes(prepare_ids[0], "1001")
    assert [(await click.posts(form))["error"] for form in (first, second)] == [-4, -4]


async def test_an_attempt_is_completed_however_late(click, shop, clock):
    await shop.opens("1001")
    _, prepare_id = await attempt_in("prepared", click)
    clock.advance(days=30)
    assert (await click.completes(prepare_id, "1001"))["error"] == 0


async def test_a_balance_is_topped_up_again_and_again(click, shop):
    await shop.opens("wallet", amount=None, kind="accumulative")
    assert len({await click.pays("wallet", amount) for amount in ("1", "2.50", "1000")}) == 3
    assert await shop.states() == [("paid", "awaiting")] * 3


async def test_each_step_makes_one_event(click, shop):
    await shop.opens("1001")
    form, prepare_id = await attempt_in("paid", click)
    await click.posts(form)
    await click.completes(prepare_id, "1001")
    assert await shop.events() == ["payment.created", "payment.paid"]
