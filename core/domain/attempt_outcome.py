"""These decisions follow a debit that the provider reports without having asked: it was made, or it failed."""

from datetime import datetime

from core.domain.answers import Done
from core.domain.commands import AttemptRef, Confirm, OrderRef, Release
from core.domain.order_refusal import amount_refusal, order_refusal
from core.domain.outcomes import No
from core.domain.payment_states import PAYMENT
from core.domain.providers import ACTOR, SOURCE
from core.domain.records import ONCE_PAID, Order, Payment
from core.domain.refusals import Refusal
from core.domain.transition import (
    Decision,
    apply_transition,
    end_holder,
    order_outcome,
    payment_transition,
    refuse,
    standing,
)
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, PaymentState, Reason, Verb


def confirm(work: UnitOfWork, command: Confirm, now: datetime) -> Decision:
    """Keep the attempt as paid, or refuse for good: then the provider gives the money back.

    The money is there, so an attempt that only we had ended is revived as long as its order is free; the answer must
    not depend on whether a sweeper has passed (Click, "SHOP API", what Click does with our answer to Complete).
    """
    ref = command.payment
    order = work.order(OrderRef(ref.shop, ref.account))
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    payment = work.attempt(ref)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if _is_paid_by_sibling(work, order, payment, ref):
        return refuse(Refusal.PAYMENT_PAID, payment)
    if not _is_own(payment, ref):
        return refuse(Refusal.PAYMENT_NOT_OWN, payment)
    if payment.state in ONCE_PAID:
        return apply_transition(order, payment, Verb.PERFORM, ACTOR[ref.provider], now)
    if payment.state is PaymentState.PENDING and not work.is_expired(payment, now):
        if command.amount != payment.amount:
            return refuse(Refusal.WRONG_AMOUNT, payment)
        if work.is_too_late(payment, now):  # for the strict expiry of its order
            return _refuse_debit(order, payment, Refusal.ORDER_EXPIRED, now)
        return _take(work, order, payment, Verb.PERFORM, ref, now)
    verb = Verb.PERFORM if payment.state is PaymentState.PENDING else Verb.REVIVE
    outcome = PAYMENT[standing(payment), verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, payment)
    refusal = order_refusal(work, order, now, source=SOURCE[ref.provider], is_new=False)
    if refusal is not None:
        return _refuse_debit(order, payment, refusal, now)
    if command.amount != payment.amount or amount_refusal(order, command.amount) is not None:
        return _refuse_debit(order, payment, Refusal.PAYMENT_CANCELLED, now)
    return _take(work, order, payment, verb, ref, now)


def release(work: UnitOfWork, command: Release, now: datetime) -> Decision:
    """End the attempt because the provider could not take the money. An end of ours becomes final with its reason."""
    ref = command.payment
    payment = work.attempt(ref)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    order = work.orders[payment.order_id]
    if payment.state not in ONCE_PAID:
        if _is_paid_by_sibling(work, order, payment, ref):
            return refuse(Refusal.PAYMENT_PAID, payment)
        if not _is_own(payment, ref):
            return refuse(Refusal.PAYMENT_NOT_OWN, payment)
    return apply_transition(order, payment, Verb.RELEASE, ACTOR[ref.provider], now, reason=command.reason)


def _is_own(payment: Payment, ref: AttemptRef) -> bool:
    """Return whether one of the provider's ids is the payment's: our id alone may have been given twice."""
    if ref.external_id == payment.external_id or ref.external_id in payment.also_known_as:
        return True
    return ref.payment_number is not None and ref.payment_number == payment.payment_number


def _is_paid_by_sibling(work: UnitOfWork, order: Order, payment: Payment, ref: AttemptRef) -> bool:
    """Return whether another attempt at the same payment of the provider's was paid: its money is ours already."""
    siblings = work.siblings(order, ref.provider, ref.payment_number, of=payment)
    return any(sibling.state in ONCE_PAID for sibling in siblings)


def _take(work: UnitOfWork, order: Order, payment: Payment, verb: Verb, ref: AttemptRef, now: datetime) -> Decision:
    following = order_outcome(order, verb, payment.state, PaymentState.PAID)
    if isinstance(following, No):  # paid another way: unreached while an order has one live payment
        return _refuse_debit(order, payment, following.refusal, now)
    ended = () if work.holder(order) is payment else end_holder(work, order, now)
    order = ended[-1].order if ended else order
    # A number that comes only now is kept: by it the other attempts at this payment will be known.
    number = payment.payment_number or ref.payment_number
    actor = ACTOR[ref.provider]
    paid = payment_transition(order, payment, verb, actor, now, reason=None, payment_number=number)
    assert paid.payment is not None
    return Decision(Done(paid.payment, repeat=False), (*ended, paid))


def _refuse_debit(order: Order, payment: Payment, refusal: Refusal, now: datetime) -> Decision:
    """Refuse, and store it: the provider gives the money back, so that a late repeat must hear the same."""
    reason = int(Reason.DEBIT_REFUSED)
    refused = payment_transition(order, payment, Verb.RELEASE, Actor.CLOCK, now, reason=reason)
    return refuse(refusal, refused.payment, keep=(refused,))
