"""What a batch works on: rows as they were read, and as they stand after each decision."""

from dataclasses import replace

import pytest

from core.domain.answers import Refused, Replayed, Shown
from core.domain.commands import CloseOrder, DeliverOrder, Details, IdempotencyKey, OpenOrder, Perform
from core.domain.decide import decide
from core.domain.records import StoredAnswer
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import OrderKind, PaymentState, Provider
from tests.core.domain.in_memory_store import PERIODS
from tests.core.domain.sample import (
    LATER,
    NOW,
    ORDER,
    ORDER_ID,
    PAYME_REF,
    PAYMENT_ID,
    no_orders,
    one_order,
    one_payment,
    opening,
    payment_ref,
)

KEY = IdempotencyKey("key", "request", lambda answer: (201, f"{type(answer).__name__}"))
STORED = StoredAnswer("main", "key", "request", 201, "Shown", NOW)


def read_again(work: UnitOfWork) -> UnitOfWork:
    again = UnitOfWork(PERIODS)
    again.add_rows(work.orders.values(), work.payments.values(), work.stored_answers.values())
    return again


def test_what_was_read_stays_known_when_it_changes():
    work = read_again(one_payment())
    order, payment = work.orders[ORDER_ID], work.payments[PAYMENT_ID]
    decide(work, Perform(PAYME_REF, Provider.PAYME), LATER)
    assert work.payments[PAYMENT_ID].state is PaymentState.PAID
    assert (work.orders_read, work.payments_read) == ({ORDER_ID: order}, {PAYMENT_ID: payment})


def test_a_payment_that_is_read_twice_is_one_payment():
    work = read_again(one_payment())
    work.add_rows([], list(work.payments.values()))
    assert len(work.payments_of(work.orders[ORDER_ID])) == 1


def test_ids_are_taken_in_their_order_and_the_rest_is_left():
    work = one_payment()
    assert (work.next_order_id, work.next_payment_id) == (ORDER_ID + 1, PAYMENT_ID + 1)
    assert sorted(work.unused_order_ids)[0] == ORDER_ID + 1
    assert sorted(work.unused_payment_ids)[0] == PAYMENT_ID + 1


def test_our_id_finds_a_payment_only_with_the_order_that_it_is_of():
    work = one_payment()
    decide(work, opening(order=replace(ORDER, account="1002")), NOW)
    assert work.payment(payment_ref()) == work.payments[PAYMENT_ID]
    assert [work.payment(payment_ref(account=account)) for account in ("1002", "1003")] == [None, None]


def test_details_are_added_to_the_order_that_they_are_of():
    work = read_again(one_order())
    details = Details(description="Toy")
    before = work.orders[ORDER_ID]
    work.add_details(ORDER_ID, details)
    assert work.orders == {ORDER_ID: before._replace(details=details)}


@pytest.mark.parametrize("key", [None, KEY])
def test_each_transition_knows_the_call_that_caused_it(key):
    work = no_orders()
    decide(work, replace(opening(), idempotency=key), NOW, "the-call")
    assert [correlation_id for _, correlation_id in work.transitions] == ["the-call"]


def test_without_a_call_there_is_no_correlation_id():
    assert [correlation_id for _, correlation_id in one_order().transitions] == [""]


def test_an_answer_is_kept_under_its_key_whole_and_given_again():
    work = no_orders()
    command = replace(opening(), idempotency=KEY)
    assert isinstance(decide(work, command, NOW), Shown)
    assert (work.new_answers, work.stored_answers) == ([STORED], {("main", "key"): STORED})
    for again in (work, read_again(work)):
        assert decide(again, command, LATER) == Replayed(201, "Shown")
        assert len(again.transitions) <= 1


def test_a_refusal_is_kept_as_well():
    work = no_orders()
    decide(work, CloseOrder(ORDER, idempotency=KEY), NOW)
    assert work.new_answers == [STORED._replace(body="Refused")]


def test_a_key_belongs_to_one_shop():
    work = no_orders()
    decide(work, replace(opening(), idempotency=KEY), NOW)
    theirs: OpenOrder = replace(opening(order=replace(ORDER, shop="toys")), idempotency=KEY)
    assert isinstance(decide(work, theirs, NOW), Shown)
    assert set(work.stored_answers) == {("main", "key"), ("toys", "key")}


def test_a_key_with_another_request_is_refused_and_nothing_is_done():
    work = one_order(OrderKind.ACCUMULATIVE)
    decide(work, DeliverOrder(ORDER, KEY), NOW)
    before = work.orders[ORDER_ID]
    other = replace(KEY, fingerprint="another request")
    assert decide(work, DeliverOrder(ORDER, other), LATER) == Refused(Refusal.KEY_REUSED)
    assert work.orders[ORDER_ID] == before


def test_an_answer_that_cannot_be_rendered_leaves_nothing_behind():
    def fails(answer: object) -> tuple[int, str]:
        raise ZeroDivisionError

    work = no_orders()
    with pytest.raises(ZeroDivisionError):
        decide(work, replace(opening(), idempotency=replace(KEY, render=fails)), NOW)
    assert (work.orders, work.transitions, work.new_answers) == ({}, [], [])
