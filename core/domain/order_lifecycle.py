"""These decisions change orders: open, withdraw, expire, mark the goods as handed over."""

import hashlib
import json
from datetime import datetime
from typing import Any

from core.domain.answers import PAYMENTS_SHOWN_MAX, FieldRefusal, Shown
from core.domain.commands import CloseOrder, DeliverOrder, ExpireOrder, OpenOrder
from core.domain.records import Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, No, Same
from core.domain.transition import Decision, order_transition, refuse, refuse_fields
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, OrderVerb, PaymentState


def open_order(work: UnitOfWork, command: OpenOrder, now: datetime) -> Decision:
    """Open an order, or repeat the answer while it can be paid.

    Refuses an account whose order has come to its end or has another content, and an expiry in the past.
    """
    fingerprint = _fingerprint(command)
    existing = work.order(command.order)
    if existing is not None:
        return _open_again(work, existing, fingerprint, now)
    if command.expires_at is not None and command.expires_at <= now:
        return refuse_fields(FieldRefusal("expires_at", "must lie in the future"))
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
    """Withdraw an order that is neither paid nor held by a payment."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _apply_verb(work, order, OrderVerb.CLOSE, Actor.SHOP, now)


def deliver_order(work: UnitOfWork, command: DeliverOrder, now: datetime) -> Decision:
    """Mark the goods as handed over: what was paid is then not given back. A balance may be marked again and again."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if order.one_time and order.delivered_at is not None and order.state is OrderState.PAID:
        return _shown(work, order, repeat=True)
    last_payment_at = max((p.performed_at for p in work.payments_of(order) if p.performed_at is not None), default=now)
    return _apply_verb(work, order, OrderVerb.DELIVER, Actor.SHOP, now, delivered_at=max(now, last_payment_at))


def expire_order(work: UnitOfWork, command: ExpireOrder, now: datetime) -> Decision:
    """Store that an order has expired, unless an attempt is live: the sweeper comes again."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if not order.is_expired(now):
        return _shown(work, order, repeat=True)
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return _apply_verb(work, order, OrderVerb.EXPIRE, Actor.CLOCK, now)


def _open_again(work: UnitOfWork, order: Order, fingerprint: str, now: datetime) -> Decision:
    outcome = ORDER[order.kind, order.state, OrderVerb.OPEN]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if order.state is OrderState.AWAITING and order.is_expired(now):  # whether or not a sweeper has passed
        return refuse(Refusal.ORDER_EXPIRED)
    if order.fingerprint != fingerprint:
        return refuse(Refusal.ORDER_DIFFERS)
    return _shown(work, order, repeat=True)


def _apply_verb(
    work: UnitOfWork, order: Order, verb: OrderVerb, actor: Actor, now: datetime, **changes: Any
) -> Decision:
    outcome = ORDER[order.kind, order.state, verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if isinstance(outcome, Same):
        return _shown(work, order, repeat=True)
    transition = order_transition(order, verb, outcome.state, actor, now, **changes)
    return Decision(Shown(transition.order, _newest_payments(work, order), repeat=False), (transition,))


def _shown(work: UnitOfWork, order: Order, *, repeat: bool) -> Decision:
    return Decision(Shown(order, _newest_payments(work, order), repeat=repeat))


def _newest_payments(work: UnitOfWork, order: Order) -> tuple[Payment, ...]:
    """Return what is shown of the order's payments: the batch may have read more of them for its decisions."""
    return tuple(work.payments_of(order)[-PAYMENTS_SHOWN_MAX:])


def _fingerprint(command: OpenOrder) -> str:
    """Hash all that the shop sent about the order, so that a repeat differs from a change."""
    details = command.details
    content = [
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
        content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=dict
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
