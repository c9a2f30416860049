"""Decisions on an order: open it, withdraw it, let its time end, mark its goods as handed over."""

import hashlib
import json
from datetime import datetime
from typing import Any

from core.domain.answers import Shown
from core.domain.commands import CloseOrder, DeliverOrder, ExpireOrder, OpenOrder
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, No, Same
from core.domain.transition import Decision, move_order, refuse
from core.domain.unit_of_work import Books, Move, Order
from schema.values import Actor, OrderState, OrderVerb, PaymentState


def open_order(books: Books, command: OpenOrder, now: datetime) -> Decision:
    """A new order, or the same one again; another content for a known account is refused, as is a time that is over."""
    fingerprint = _fingerprint(command)
    known = books.order(command.order)
    if known is not None:
        if known.fingerprint != fingerprint:
            return refuse(Refusal.ORDER_DIFFERS)
        return _show(books, known, repeat=True)
    if command.expires_at is not None and command.expires_at <= now:
        return refuse(Refusal.ORDER_EXPIRED)
    order = Order(
        id=books.next_order_id,
        shop=command.order.shop,
        account=command.order.account,
        kind=command.kind,
        amount=command.amount,
        min_amount=command.min_amount,
        max_amount=command.max_amount,
        state=OrderState.AWAITING,
        version=0,
        fingerprint=fingerprint,
        expires_at=command.expires_at,
        delivered_at=None,
        created_at=now,
        changed_at=now,
        details=command.details,
    )
    opened = Move(OrderVerb.OPEN, Actor.SHOP, now, order, payment=None, order_was=None, payment_was=None)
    return Decision(Shown(order, (), repeat=False), (opened,))


def close_order(books: Books, command: CloseOrder, now: datetime) -> Decision:
    """Withdraw an order that nobody has paid or holds."""
    order = books.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if any(payment.state is PaymentState.PENDING for payment in books.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _settle(books, order, OrderVerb.CLOSE, Actor.SHOP, now)


def deliver_order(books: Books, command: DeliverOrder, now: datetime) -> Decision:
    """From now on what was paid is not given back through a provider. A balance may be marked again and again."""
    order = books.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if order.one_time and order.delivered_at is not None and order.state is OrderState.PAID:
        return _show(books, order, repeat=True)
    last = max((p.performed_at for p in books.payments_of(order) if p.performed_at is not None), default=now)
    return _settle(books, order, OrderVerb.DELIVER, Actor.SHOP, now, delivered_at=max(now, last))


def expire_order(books: Books, command: ExpireOrder, now: datetime) -> Decision:
    """The sweeper's: store that an order's time is over. While an attempt is live it is only waited for."""
    order = books.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if not order.past_its_time(now):
        return _show(books, order, repeat=True)
    if any(payment.state is PaymentState.PENDING for payment in books.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _settle(books, order, OrderVerb.EXPIRE, Actor.CLOCK, now)


def _settle(books: Books, order: Order, verb: OrderVerb, actor: Actor, now: datetime, **changes: Any) -> Decision:
    outcome = ORDER[order.kind, order.state, verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if isinstance(outcome, Same):
        return _show(books, order, repeat=True)
    move = move_order(order, verb, outcome.state, actor, now, **changes)
    return Decision(Shown(move.order, tuple(books.payments_of(order)), repeat=False), (move,))


def _show(books: Books, order: Order, *, repeat: bool) -> Decision:
    return Decision(Shown(order, tuple(books.payments_of(order)), repeat=repeat))


def _fingerprint(command: OpenOrder) -> str:
    """Of everything that the shop said about the order, so that saying it again can be told from changing it."""
    details = command.details
    said = [
        command.kind,
        command.amount,
        command.min_amount,
        command.max_amount,
        None if command.expires_at is None else command.expires_at.isoformat(),
        details.description,
        details.items,
        details.shipping,
        details.metadata,
    ]
    canonical = json.dumps(
        said, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=dict
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
