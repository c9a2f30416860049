"""Decisions on an order: open it, withdraw it, let its time end, mark its goods as handed over."""

import hashlib
import json
from datetime import datetime
from typing import Any

from core.domain.answers import Shown
from core.domain.commands import CloseOrder, DeliverOrder, ExpireOrder, OpenOrder
from core.domain.records import Order, Transition
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, No, Same
from core.domain.transition import Decision, order_transition, refuse
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, OrderVerb, PaymentState


def open_order(work: UnitOfWork, command: OpenOrder, now: datetime) -> Decision:
    """A new order, or the same one again; another content for a known account is refused, as is a time that is over."""
    fingerprint = _fingerprint(command)
    known = work.order(command.order)
    if known is not None:
        if known.fingerprint != fingerprint:
            return refuse(Refusal.ORDER_DIFFERS)
        return _show(work, known, repeat=True)
    if command.expires_at is not None and command.expires_at <= now:
        return refuse(Refusal.ORDER_EXPIRED)
    order = Order(
        id=work.next_order_id,
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
    opened = Transition(OrderVerb.OPEN, Actor.SHOP, now, order, payment=None, order_before=None, payment_before=None)
    return Decision(Shown(order, (), repeat=False), (opened,))


def close_order(work: UnitOfWork, command: CloseOrder, now: datetime) -> Decision:
    """Withdraw an order that nobody has paid or holds."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _apply(work, order, OrderVerb.CLOSE, Actor.SHOP, now)


def deliver_order(work: UnitOfWork, command: DeliverOrder, now: datetime) -> Decision:
    """From now on what was paid is not given back through a provider. A balance may be marked again and again."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if order.one_time and order.delivered_at is not None and order.state is OrderState.PAID:
        return _show(work, order, repeat=True)
    last = max((p.performed_at for p in work.payments_of(order) if p.performed_at is not None), default=now)
    return _apply(work, order, OrderVerb.DELIVER, Actor.SHOP, now, delivered_at=max(now, last))


def expire_order(work: UnitOfWork, command: ExpireOrder, now: datetime) -> Decision:
    """The sweeper's: store that an order's time is over. While an attempt is live it is only waited for."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if not order.is_expired(now):
        return _show(work, order, repeat=True)
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _apply(work, order, OrderVerb.EXPIRE, Actor.CLOCK, now)


def _apply(work: UnitOfWork, order: Order, verb: OrderVerb, actor: Actor, now: datetime, **changes: Any) -> Decision:
    outcome = ORDER[order.kind, order.state, verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if isinstance(outcome, Same):
        return _show(work, order, repeat=True)
    transition = order_transition(order, verb, outcome.state, actor, now, **changes)
    return Decision(Shown(transition.order, tuple(work.payments_of(order)), repeat=False), (transition,))


def _show(work: UnitOfWork, order: Order, *, repeat: bool) -> Decision:
    return Decision(Shown(order, tuple(work.payments_of(order)), repeat=repeat))


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
