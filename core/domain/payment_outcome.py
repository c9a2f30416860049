"""Decisions on a payment that exists: take the money, end it, give it back, look at it, keep its receipt."""

from datetime import datetime
from typing import Final

from core.db.rows import to_json
from core.domain.answers import Done
from core.domain.commands import (
    ACTOR,
    Account,
    Cancel,
    ExpirePayment,
    Fiscalise,
    LookUp,
    Ours,
    Perform,
    Release,
    Theirs,
)
from core.domain.refusals import Refusal
from core.domain.state_tables import PAYMENT, No, To
from core.domain.transition import Decision, follow, lapse, refuse, settle
from core.domain.unit_of_work import Books, Order, Payment
from schema.values import Actor, PaymentState, Provider, Reason, Verb

ENDS_BY_ITSELF: Final = frozenset({Provider.PAYME})
"""Providers whose pending payment is over once its lifetime is. The others' may still be performed until somebody
releases it: when Click completes, the card is already debited."""


def perform(books: Books, command: Perform, now: datetime) -> Decision:
    """Take the money that the provider holds. A payment past its lifetime is ended and refused instead."""
    if isinstance(command.key, Ours) and books.order(Account(command.key.shop, command.key.account)) is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    payment = _payment(books, command.key, command.provider)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if _over(books, payment, now):
        return refuse(Refusal.PAYMENT_EXPIRED, payment, keep=(lapse(books, payment, now),))
    if payment.state is not PaymentState.PENDING:
        return settle(books.orders[payment.order_id], payment, Verb.PERFORM, ACTOR[command.provider], now)
    if command.amount is not None and command.amount != payment.amount:
        return refuse(Refusal.WRONG_AMOUNT, payment)
    order = books.orders[payment.order_id]
    following = follow(order, Verb.PERFORM, PaymentState.PAID)
    if isinstance(following, No):  # paid through another channel: one live payment an order keeps it unreached
        return refuse(following.refusal, payment, keep=(lapse(books, payment, now, Reason.EXECUTION_FAILED),))
    return settle(order, payment, Verb.PERFORM, ACTOR[command.provider], now)


def cancel(books: Books, command: Cancel, now: datetime) -> Decision:
    """End a pending payment; give back a paid one unless the goods were handed over. The first reason and time stay."""
    payment = books.payment(command.key)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    order = books.orders[payment.order_id]
    if PAYMENT[payment.state, Verb.CANCEL] == To(PaymentState.REVERSED) and _delivered(order, payment):
        return refuse(Refusal.ORDER_DELIVERED, payment)
    return settle(order, payment, Verb.CANCEL, ACTOR[command.provider], now, reason=command.reason)


def release(books: Books, command: Release, now: datetime) -> Decision:
    """End a pending payment because the provider could not take the money."""
    payment = _payment(books, command.key, command.provider)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    order = books.orders[payment.order_id]
    return settle(order, payment, Verb.RELEASE, ACTOR[command.provider], now, reason=command.reason)


def look_up(books: Books, command: LookUp, now: datetime) -> Decision:
    """How the payment stands, after ending it if its lifetime ran out."""
    payment = books.payment(command.key)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if _over(books, payment, now):
        move = lapse(books, payment, now)
        assert move.payment is not None
        return Decision(Done(move.payment, repeat=False), (move,))
    return Decision(Done(payment, repeat=True))


def fiscalise(books: Books, command: Fiscalise, now: datetime) -> Decision:
    """Keep a receipt beside the other kind's."""
    payment = books.payment(command.key)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    receipt = {f"fiscal_{command.kind}": to_json(command.receipt)}
    order = books.orders[payment.order_id]
    return settle(order, payment, Verb.FISCALISE, ACTOR[command.provider], now, **receipt)


def expire_payment(books: Books, command: ExpirePayment, now: datetime) -> Decision:
    """The sweeper's: end a payment whose lifetime ran out, whoever's it is."""
    payment = books.payment(command.key)
    if payment is None:
        return refuse(Refusal.PAYMENT_NOT_FOUND)
    if not books.overdue(payment, now):
        return Decision(Done(payment, repeat=True))
    order = books.orders[payment.order_id]
    return settle(order, payment, Verb.RELEASE, Actor.CLOCK, now, reason=int(Reason.TIMEOUT))


def _payment(books: Books, key: Theirs | Ours, provider: Provider) -> Payment | None:
    """By either kind of key, and only the asking provider's own."""
    payment = books.payment(key)
    return payment if payment is not None and payment.provider is provider else None


def _over(books: Books, payment: Payment, now: datetime) -> bool:
    return payment.provider in ENDS_BY_ITSELF and books.overdue(payment, now)


def _delivered(order: Order, payment: Payment) -> bool:
    """Handed over after this payment was taken. (A balance may take further payments after a delivery.)"""
    return (
        order.delivered_at is not None
        and payment.performed_at is not None
        and payment.performed_at <= order.delivered_at
    )
