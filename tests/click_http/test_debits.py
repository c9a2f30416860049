"""What becomes of a debit that Click reports: whose payment it is, and whether an attempt that we ended is revived.

The ids are the rows of the order of checks (Click, "SHOP API").
"""

from datetime import timedelta

import pytest

from core import Cancel, ExternalPaymentRef
from schema.values import Provider, Reason, to_ms
from tests.log_records import logged

A = "5305e3bab097f420a62ced0a"
"""Payme's id of a transaction."""

ANOTHERS = {"click_trans_id": 1, "click_paydoc_id": 2}
"""Click's ids of a payment that we know nothing of."""

REFUSED, OTHERS_FAILURE = (
    "click has debited a card for nothing",
    "click reports an error under the id of another payment",
)
PAID_FAILURE = "click reports an error for a paid payment"


async def prepared(click, account="1001", **overrides):
    answer = await click.prepares(account, **overrides)
    assert answer["error"] == 0
    return answer["merchant_prepare_id"]


async def completed(click, prepare_id, account="1001", **overrides):
    return (await click.completes(prepare_id, account, **overrides))["error"]


async def reasons(shop, account="1001"):
    return [payment["reason"] for payment in (await shop.shows(account))["payments"]]


async def left_too_long(click, core, clock, account="1001"):
    """An attempt that the sweeper has ended."""
    prepare_id = await prepared(click, account)
    clock.advance(hours=1, milliseconds=1)
    assert await core.sweeper.sweep() == 1
    return prepare_id


async def two_attempts_of_one_payment(click, core, clock, account, *, first=None):
    """The second one comes when the first has been ended."""
    older = await prepared(click, account, **{"click_paydoc_id": 77} | (first or {}))
    ids = click.ids_of(older)
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    newer = await prepared(click, account, click_paydoc_id=77)
    assert newer != older
    return older, ids, newer


# --- Whose payment it is


async def test_o8a2_anothers_debit_under_the_id_of_an_attempt(click, shop, caplog):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    assert await completed(click, prepare_id, **ANOTHERS) == -9
    assert await shop.states() == [("pending", "reserved")]
    (alert,) = logged(caplog.records, REFUSED)
    assert (alert["account"], alert["payment_id"], alert["refusal"]) == ("1001", str(prepare_id), "payment_not_own")
    assert (alert["click_trans_id"], alert["click_paydoc_id"], alert["code"]) == ("1", "2", -9)
    assert await completed(click, prepare_id) == 0
    assert await completed(click, prepare_id, **ANOTHERS) == -9
    assert await completed(click, prepare_id) == -4


async def test_o8a2_anothers_debit_under_the_id_of_what_has_ended_changes_nothing(click, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    assert await completed(click, prepare_id, **ANOTHERS) == -9
    assert await reasons(shop) == [Reason.TIMEOUT]
    assert await completed(click, prepare_id) == 0


async def test_o8b_a_debit_that_is_paid_stays_so_under_the_id_of_another_attempt(click, shop):
    """The order is paid with it: refused, Click would give the money back."""
    await shop.opens("1001")
    older, newer = await prepared(click), await prepared(click)
    assert await completed(click, newer) == 0
    assert await completed(click, older, **click.ids_of(newer)) == -4
    assert await reasons(shop) == [Reason.SUPERSEDED, None]


@pytest.mark.parametrize("own", ["click_trans_id", "click_paydoc_id"])
async def test_o8e_one_of_clicks_ids_is_enough(click, shop, own):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    mixed = ANOTHERS | {own: click.ids_of(prepare_id)[own]}
    assert await completed(click, prepare_id, **mixed) == 0


async def test_o8e_the_number_of_a_later_attempt_is_its_own(click, shop):
    await shop.opens("1001")
    await prepared(click, click_trans_id=1, click_paydoc_id=77)
    prepare_id = await prepared(click, click_trans_id=2, click_paydoc_id=77)
    assert await completed(click, prepare_id, click_trans_id=2, click_paydoc_id=0) == 0


@pytest.mark.parametrize("no_number", ["0", ""])
async def test_o8a2_no_number_is_equal_to_none(click, shop, no_number):
    await shop.opens("1001")
    prepare_id = await prepared(click, click_paydoc_id=no_number)
    assert await completed(click, prepare_id, click_trans_id=1, click_paydoc_id=no_number) == -9


@pytest.mark.parametrize("error", [-1, -5017])
async def test_o5c2_a_failure_of_anothers_debit_ends_nothing(click, shop, caplog, error):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    assert await completed(click, prepare_id, error=error, **ANOTHERS) == -9
    assert await shop.states() == [("pending", "reserved")]
    (alert,) = logged(caplog.records, OTHERS_FAILURE)
    assert (alert["account"], alert["payment_id"], alert["click_error"]) == ("1001", str(prepare_id), error)
    assert await completed(click, prepare_id) == 0


# --- Click knows no prepare id, since the answer to Prepare was lost


@pytest.mark.parametrize("no_id", ["", "0"])
async def test_o8a_a_debit_without_a_prepare_id_is_found_by_clicks_own(click, shop, no_id):
    await shop.opens("1001")
    ids = click.ids_of(await prepared(click))
    assert await completed(click, no_id, **ids) == 0
    assert await completed(click, no_id, **ids) == -4
    assert await completed(click, no_id, error=-1, **ids) == -4
    assert await completed(click, no_id, error=-5017, **ids) == -9
    assert await shop.states() == [("paid", "paid")]


@pytest.mark.parametrize("no_id", ["", "0"])
async def test_o5d_a_failure_without_a_prepare_id_frees_the_order(click, shop, no_id):
    await shop.opens("1001")
    ids = click.ids_of(await prepared(click))
    assert await completed(click, no_id, error=-5017, **ids) == -9
    assert await shop.states() == [("cancelled", "awaiting")]
    assert await reasons(shop) == [-5017]
    assert await completed(click, no_id, **ids) == -9


async def test_o5d_a_later_attempt_is_found_by_its_own_number(click, shop):
    await shop.opens("1001")
    for number in (1, 2):
        await prepared(click, click_trans_id=number, click_paydoc_id=77)
    assert await completed(click, "", click_trans_id=2, click_paydoc_id=77) == 0


@pytest.mark.parametrize("number", [1, 2])
async def test_o8c2_a_debit_without_a_prepare_id_may_come_late(click, core, shop, clock, number):
    await shop.opens("1001")
    for attempt in (1, 2):
        await prepared(click, click_trans_id=attempt, click_paydoc_id=77)
    clock.advance(hours=1, milliseconds=1)
    assert await core.sweeper.sweep() == 1
    assert await completed(click, "", click_trans_id=number, click_paydoc_id=0) == 0


@pytest.mark.parametrize("no_id", ["", "0"])
async def test_o8a_without_a_prepare_id_an_unknown_attempt_is_unknown(click, shop, no_id):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    numbers = {"click_trans_id": 1, "click_paydoc_id": click.ids_of(prepare_id)["click_paydoc_id"]}
    assert await completed(click, no_id, **numbers) == -6
    assert await completed(click, no_id, error=-1, **numbers) == -9
    assert await shop.states() == [("pending", "reserved")]


@pytest.mark.parametrize("error", [-1, -5017])
async def test_o7f_a_prepare_that_failed_ends_its_own_attempt(click, shop, error):
    await shop.opens("1001")
    form = click.form("1001")
    await click.posts(form)
    assert (await click.posts(form | {"error": str(error)}))["error"] == -9
    assert await shop.states() == [("cancelled", "awaiting")]
    assert await reasons(shop) == [error]
    assert (await click.prepares("1001"))["error"] == 0


async def test_o7f_a_prepare_that_failed_ends_no_other_attempt(click, shop):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    assert (await click.prepares("1001", error="-1"))["error"] == -9
    assert await completed(click, prepare_id) == 0


async def test_o7j_stands_before_o7f(click, payme, shop, clock):
    await shop.opens("1001")
    await payme.creates(A, to_ms(clock()), "1001", 50_000)
    assert (await click.prepares("1001", error="-1"))["error"] == -9
    assert (await payme.performs(A))["state"] == 2


# --- An attempt that only we had ended


async def test_o8c2_a_debit_that_comes_late_is_paid_while_its_order_is_free(click, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    assert await shop.states() == [("cancelled", "awaiting")]
    assert await completed(click, prepare_id) == 0
    assert await completed(click, prepare_id) == -4
    (payment,) = (await shop.shows("1001"))["payments"]
    assert (payment["state"], payment["reason"], payment["cancelled_at"]) == ("paid", None, None)
    assert await shop.events() == ["payment.created", "payment.cancelled", "payment.paid"]


async def test_o8e_the_same_debit_is_paid_before_the_sweeper_has_passed(click, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await prepared(click)
    clock.advance(hours=1, milliseconds=1)
    assert await completed(click, prepare_id) == 0
    assert await core.sweeper.sweep() == 0
    assert await shop.states() == [("paid", "paid")]
    assert await shop.events() == ["payment.created", "payment.paid"]


@pytest.mark.parametrize("swept", [True, False])
async def test_o8c_past_its_expiry_an_order_is_not_free_whether_or_not_it_was_swept(click, core, shop, clock, swept):
    await shop.opens("1001", expires_at=(clock.now() + timedelta(minutes=61)).isoformat())
    prepare_id = await prepared(click)
    clock.advance(minutes=61, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    assert [await completed(click, prepare_id) for _ in range(2)] == [-9, -9]
    assert await reasons(shop) == [Reason.DEBIT_REFUSED]


async def test_o8c2_an_older_attempt_that_was_debited_pays(click, shop):
    """It has the smaller id: saved in the order of ids, two payments of one order would be live for a moment."""
    await shop.opens("1001")
    older, newer = await prepared(click), await prepared(click)
    assert older < newer
    assert await completed(click, older) == 0
    assert await shop.states() == [("paid", "paid"), ("cancelled", "paid")]
    assert await reasons(shop) == [None, Reason.SUPERSEDED]
    assert [await completed(click, newer) for _ in range(2)] == [-9, -9]
    assert await reasons(shop) == [None, Reason.DEBIT_REFUSED]
    assert await completed(click, older) == -4


@pytest.mark.parametrize("no_number", ["0", ""])
async def test_attempts_without_a_number_are_payments_of_their_own(click, shop, no_number):
    await shop.opens("1001")
    older, newer = [await prepared(click, click_paydoc_id=no_number) for _ in range(2)]
    assert older != newer
    assert [await completed(click, prepare_id) for prepare_id in (older, newer)] == [0, -9]


async def test_o8c2_an_attempt_that_takes_over_may_be_past_its_time_itself(click, shop, clock):
    await shop.opens("1001")
    older, newer = await prepared(click), await prepared(click)
    clock.advance(hours=2)
    assert await completed(click, older) == 0
    assert await completed(click, newer) == -9


async def test_o8c_an_order_that_another_payment_has_paid(click, shop):
    await shop.opens("1001")
    older, newer = await prepared(click), await prepared(click)
    assert await completed(click, newer) == 0
    assert [await completed(click, older) for _ in range(2)] == [-9, -9]
    assert await reasons(shop) == [Reason.DEBIT_REFUSED, None]


async def test_o8c_a_refusal_is_final_whatever_becomes_of_the_order(click, payme, core, shop, clock, caplog):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    await payme.creates(A, to_ms(clock()), "1001", 50_000)
    assert await completed(click, prepare_id) == -9
    await payme.cancels(A, reason=3)
    assert await shop.states() == [("cancelled", "awaiting"), ("cancelled", "awaiting")]
    assert await completed(click, prepare_id) == -9
    assert [alert["refusal"] for alert in logged(caplog.records, REFUSED)] == ["order_busy", "payment_cancelled"]


async def test_o8c2_an_order_is_free_again_when_payme_has_let_it_go(click, payme, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    await payme.creates(A, to_ms(clock()), "1001", 50_000)
    await payme.cancels(A, reason=3)
    assert await completed(click, prepare_id) == 0


async def test_o8c2_payme_holds_no_order_beyond_its_twelve_hours(click, payme, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    await payme.creates(A, to_ms(clock()), "1001", 50_000)
    clock.advance(hours=12, milliseconds=1)
    assert await completed(click, prepare_id) == 0
    ended = await payme.looks_at(A)
    assert (ended["state"], ended["reason"]) == (-1, 4)


@pytest.mark.parametrize("kind", [{}, {"amount": None, "kind": "accumulative"}], ids=["one_time", "accumulative"])
async def test_o8c_a_withdrawn_order(click, core, shop, clock, kind):
    await shop.opens("1001", **kind)
    prepare_id = await left_too_long(click, core, clock)
    await shop.closes("1001")
    assert await completed(click, prepare_id) == -9
    assert await reasons(shop) == [Reason.DEBIT_REFUSED]


@pytest.mark.parametrize("swept", [True, False])
async def test_o8c3_another_amount_after_the_time_is_refused_for_good(click, core, shop, clock, swept):
    """Within the time it is -2, and the right amount may follow; after a debit nothing but -9 makes Click pay back."""
    await shop.opens("1001")
    prepare_id = await prepared(click)
    assert await completed(click, prepare_id, amount="499") == -2
    clock.advance(hours=1, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    assert [await completed(click, prepare_id, amount=amount) for amount in ("499", "500")] == [-9, -9]
    assert await reasons(shop) == [Reason.DEBIT_REFUSED]


async def test_o5c_a_failure_makes_an_end_of_ours_final(click, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    before = (await shop.shows("1001"))["payments"][0]["cancelled_at"]
    clock.advance(minutes=1)
    assert await completed(click, prepare_id, error=-5017) == -9
    (payment,) = (await shop.shows("1001"))["payments"]
    assert (payment["reason"], payment["cancelled_at"]) == (-5017, before)
    assert await completed(click, prepare_id) == -9


async def test_an_end_that_becomes_final_frees_no_order_that_another_holds(click, payme, core, shop, clock):
    await shop.opens("1001")
    prepare_id = await left_too_long(click, core, clock)
    await payme.creates(A, to_ms(clock()), "1001", 50_000)
    assert await completed(click, prepare_id, error=-5017) == -9
    assert await completed(click, prepare_id) == -9
    assert (await shop.shows("1001"))["state"] == "reserved"
    assert (await payme.performs(A))["state"] == 2


async def test_what_was_once_paid_stays_paid_for_click(click, core, shop):
    await shop.opens("1001")
    prepare_id = await click.pays("1001", click_trans_id=1, click_paydoc_id=77)
    payment = ExternalPaymentRef("main", Provider.CLICK, f"{click.service_id}:1:1001")
    await core.do(Cancel(payment, Provider.CLICK, 5))
    assert await shop.states() == [("reversed", "refunded")]
    assert await completed(click, prepare_id) == -4
    assert [await completed(click, prepare_id, error=error) for error in (-1, -5017)] == [-4, -9]
    assert (await click.prepares("1001", click_trans_id=2, click_paydoc_id=77))["error"] == -4


# --- Balances


async def test_a_late_top_up_ends_no_other(click, core, shop, clock):
    await shop.opens("wallet", amount=None, kind="accumulative")
    late = await left_too_long(click, core, clock, "wallet")
    other = await prepared(click, "wallet")
    assert await completed(click, late, "wallet") == 0
    assert await completed(click, other, "wallet") == 0
    assert await shop.states() == [("paid", "awaiting")] * 2


async def test_o8b_one_payment_tops_a_balance_up_once(click, core, shop, clock):
    """The first attempt had been ended when a second one of the same payment came; the card is debited once."""
    await shop.opens("wallet", amount=None, kind="accumulative")
    first, _, second = await two_attempts_of_one_payment(click, core, clock, "wallet")
    assert await completed(click, second, "wallet") == 0
    assert await completed(click, first, "wallet") == -4
    assert await shop.states() == [("cancelled", "awaiting"), ("paid", "awaiting")]


async def test_o8b_nor_does_it_when_the_first_attempt_is_the_one_that_pays(click, core, shop, clock):
    await shop.opens("wallet", amount=None, kind="accumulative")
    first, _, second = await two_attempts_of_one_payment(click, core, clock, "wallet")
    assert await completed(click, first, "wallet") == 0
    assert await completed(click, second, "wallet") == -4
    assert await shop.states() == [("paid", "awaiting"), ("pending", "awaiting")]


async def test_o5a_a_failure_of_a_payment_that_another_attempt_has_paid(click, core, shop, clock, caplog):
    await shop.opens("1001")
    first = await prepared(click, click_paydoc_id=77)
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    second = await prepared(click, click_paydoc_id=77)
    assert await completed(click, second) == 0
    assert [await completed(click, first, error=error) for error in (-1, -5017)] == [-4, -9]
    assert len(logged(caplog.records, PAID_FAILURE)) == 2
    assert await completed(click, first) == -4
    assert await reasons(shop) == [Reason.TIMEOUT, None]


# --- A payment whose number does not stand in every call

NO_NUMBER = {"click_paydoc_id": 0}


@pytest.mark.parametrize("kind", ["accumulative", "one_time"])
async def test_o8b_the_number_that_the_attempt_has_is_enough(click, core, shop, clock, kind):
    """Click leaves it out of one call: the card was debited once all the same, and the order is paid."""
    await shop.opens("1001", amount=None if kind == "accumulative" else 500_00, kind=kind)
    older, ids, newer = await two_attempts_of_one_payment(click, core, clock, "1001")
    assert await completed(click, newer) == 0
    assert await completed(click, older, **ids | NO_NUMBER) == -4
    assert [payment["state"] for payment in (await shop.shows("1001"))["payments"]] == ["cancelled", "paid"]


async def test_o8b_a_number_that_comes_with_the_debit_is_kept(click, core, shop, clock):
    await shop.opens("wallet", amount=None, kind="accumulative")
    older, ids, newer = await two_attempts_of_one_payment(click, core, clock, "wallet", first=NO_NUMBER)
    assert await completed(click, older, "wallet", **ids | {"click_paydoc_id": 77}) == 0
    assert await completed(click, newer, "wallet") == -4
    assert [payment["state"] for payment in (await shop.shows("wallet"))["payments"]] == ["paid", "pending"]


@pytest.mark.parametrize("no_id", ["", "0"])
@pytest.mark.parametrize("kind", ["accumulative", "one_time"])
@pytest.mark.parametrize("swept", [True, False])
async def test_o8a_clicks_own_id_alone_names_an_attempt_in_whatever_state(click, core, shop, clock, no_id, kind, swept):
    await shop.opens("1001", amount=None if kind == "accumulative" else 500_00, kind=kind)
    ids = click.ids_of(await prepared(click)) | NO_NUMBER
    if swept:
        clock.advance(hours=1, milliseconds=1)
        await core.sweeper.sweep()
    assert await completed(click, no_id, **ids) == 0
    assert await completed(click, no_id, **ids) == -4


@pytest.mark.parametrize("no_id", ["", "0"])
@pytest.mark.parametrize("swept", [True, False])
async def test_o5d_so_does_it_in_a_failure(click, core, shop, clock, no_id, swept):
    await shop.opens("wallet", amount=None, kind="accumulative")
    ids = click.ids_of(await prepared(click, "wallet")) | NO_NUMBER
    if swept:
        clock.advance(hours=1, milliseconds=1)
        await core.sweeper.sweep()
    assert await completed(click, no_id, "wallet", error=-5017, **ids) == -9
    assert await completed(click, no_id, "wallet", **ids) == -9
    assert await reasons(shop, "wallet") == [-5017]


@pytest.mark.parametrize("swept", [True, False])
async def test_o7e_no_debit_is_invited_that_would_be_refused(click, core, shop, clock, swept):
    """An own attempt past its time, of an order that has expired meanwhile: its Complete would be -9."""
    await shop.opens("1001", expires_at=(clock.now() + timedelta(minutes=61)).isoformat())
    form = click.form("1001")
    await click.posts(form)
    clock.advance(minutes=61, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    assert (await click.posts(form))["error"] == -9


@pytest.mark.parametrize("account", ["", "x" * 300])
async def test_a_debit_for_what_is_no_account_has_its_line_too(click, caplog, account):
    assert await completed(click, "1", account) == -5
    (alert,) = logged(caplog.records, REFUSED)
    assert (alert["account"], alert["code"]) == (account[:255], -5)


async def test_a_debit_for_another_service_has_its_line_too(click, caplog):
    assert await completed(click, "1", "1001", service_id=54322) == -8
    (alert,) = logged(caplog.records, REFUSED)
    assert (alert["account"], alert["code"]) == ("1001", -8)
