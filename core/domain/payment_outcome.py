"""These decisions change a payment that exists: take the money, end it, give it back, keep its receipt."""

from datetime import datetime

from core.domain.answers import Done
from core.domain.commands import Cancel, ExpirePayment, Fiscalise, LookUp, Perform
from core.domain.outcomes import No, To
from core.domain.payment_states import PAYMENT
from core.domain.providers import ACTOR
from core.domain.receipts import receipt_changes
from core.domain.records import Order, Payment
from core.domain.refusals import Refusal
from core.domain.transition import Decision, apply_transition, end_pending, order_outcome, refuse, standing
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, PaymentState, Reason, Verb


def perform(work: UnitOfWork, command: Perform, now: datetime) -> Decision:
    """Take the money that the provider holds. An expired payment is ended and refused instead."""
    payment = work.payment(command.payment)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if payment.is_given_back_apart:
        return Decision(Done(payment, repeat=True))
    order = work.orders[payment.order_id]
    if payment.state is PaymentState.PENDING:
        if work.is_too_late(payment, now):
            return refuse(Refusal.PAYMENT_EXPIRED, payment, keep=(end_pending(work, payment, now),))
        following = order_outcome(order, Verb.PERFORM, payment.state, PaymentState.PAID)
        if isinstance(following, No):  # paid another way: unreached while an order has one live payment
            return refuse(following.refusal, payment, keep=(end_pending(work, payment, now, Reason.EXECUTION_FAILED),))
    return apply_transition(order, payment, Verb.PERFORM, ACTOR[command.provider], now)


def cancel(work: UnitOfWork, command: Cancel, now: datetime) -> Decision:
    """End a pending payment; give back a paid one unless the goods were handed over. The first reason and time stay."""
    payment = work.payment(command.payment)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if payment.is_given_back_apart:  # the provider would give it back once more
        return refuse(Refusal.PARTLY_REFUNDED, payment)
    order = work.orders[payment.order_id]
    if PAYMENT[standing(payment), Verb.CANCEL] == To(PaymentState.REVERSED):
        if _was_delivered(order, payment):
            return refuse(Refusal.ORDER_DELIVERED, payment)
        if order.state is OrderState.PARTIALLY_REFUNDED:  # the provider would give back all of it
            return refuse(Refusal.PARTLY_REFUNDED, payment)
    return apply_transition(order, payment, Verb.CANCEL, ACTOR[command.provider], now, reason=command.reason)


def look_up(work: UnitOfWork, command: LookUp, now: datetime) -> Decision:
    """Answer with the payment, after ending it if it has expired."""
    payment = work.payment(command.payment)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if work.is_expired(payment, now):
        transition = end_pending(work, payment, now)
        assert transition.payment is not None
        return Decision(Done(transition.payment, repeat=False), (transition,))
    return Decision(Done(payment, repeat=True))


def fiscalise(work: UnitOfWork, command: Fiscalise, now: datetime) -> Decision:
    """Keep a receipt, or a failure to get one, beside those of the other kind."""
    payment = work.payment(command.payment)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    given_back = payment.state is PaymentState.REVERSED and not payment.is_given_back_apart
    kind = command.kind or ("cancel" if given_back else "perform")
    receipt = receipt_changes(kind, command.outcome)
    order = work.orders[payment.order_id]
    return apply_transition(order, payment, Verb.FISCALISE, ACTOR[command.provider], now, **receipt)


def expire_payment(work: UnitOfWork, command: ExpirePayment, now: datetime) -> Decision:
    """End an expired payment of any provider, as the sweeper asks."""
    payment = work.payment(command.payment)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if not work.is_expired(payment, now):
        return Decision(Done(payment, repeat=True))
    order = work.orders[payment.order_id]
    return apply_transition(order, payment, Verb.RELEASE, Actor.CLOCK, now, reason=int(Reason.TIMEOUT))


def _was_delivered(order: Order, payment: Payment) -> bool:
    """Return whether the goods were handed over after this payment. A balance may take payments after a delivery."""
    return (
        order.delivered_at is not None
        and payment.performed_at is not None
        and payment.performed_at <= order.delivered_at
    )
