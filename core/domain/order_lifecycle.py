"""These decisions change orders: open, withdraw, release, expire, mark the goods as handed over."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.answers import PAYMENTS_SHOWN_MAX, FieldRefusal, Shown
from core.domain.clock_reliance import MUST_LIE_AHEAD
from core.domain.commands import CloseOrder, DeliverOrder, ExpireOrder, OpenOrder, PaymentRef, ReleaseOrder
from core.domain.order_refusal import unpayable
from core.domain.order_states import ORDER
from core.domain.outcomes import No, Same
from core.domain.records import Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.transition import (
    Decision,
    end_pending,
    order_transition,
    payment_transition,
    refuse,
    refuse_fields,
    refuse_until,
)
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, OrderVerb, PaymentState, Reason, Verb


def open_order(work: UnitOfWork, command: OpenOrder, now: datetime) -> Decision:
    """Open an order, or repeat the answer while it can be paid.

    Refuses an account whose order has come to its end or has another content, and an expiry in the past.
    """
    fingerprint = _fingerprint(command)
    existing = work.order(command.order)
    if existing is not None:
        return _open_again(work, existing, fingerprint, now)
    if command.expires_at is not None and command.expires_at <= now:
        return refuse_fields(MUST_LIE_AHEAD)
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
        strict_expiry=command.strict_expiry,
        delivered_at=None,
        created_at=now,
        changed_at=now,
        details=command.details,
    )
    opened = Transition(OrderVerb.OPEN, Actor.SHOP, now, order, payment=None, order_before=None, payment_before=None)
    return Decision(Shown(order, (), unpayable(order, now)), (opened,))


def close_order(work: UnitOfWork, command: CloseOrder, now: datetime) -> Decision:
    """Withdraw an order that is neither paid nor held by a payment, or release it first."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    released: Transition | None = None
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        if not command.release:
            return refuse(Refusal.ORDER_BUSY)
        holder = work.holder(order)
        if holder is None:
            return refuse_fields(
                FieldRefusal("release", "ends no attempts of a balance: end each with …/release, then cancel")
            )
        if now < (until := work.periods.releasable_from(holder)):
            return refuse_until(until, Refusal.ATTEMPT_YOUNG, holder)
        released = _released(order, holder, now)
    if released is None:
        return apply_verb(work, order, OrderVerb.CLOSE, Actor.SHOP, now)
    closed = order_transition(released.order, OrderVerb.CLOSE, OrderState.CANCELLED, Actor.SHOP, now)
    seen = shown(work, closed.order, now, repeat=False, changed=released.payment)
    return replace(seen, transitions=(released, closed))


def release_order(work: UnitOfWork, command: ReleaseOrder, now: datetime) -> Decision:
    """End the attempt that its payer has left, for good: whatever its provider says of it later.

    One whose time is over has ended already, as if nobody had asked.
    """
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if command.payment_id is None and not order.one_time:
        return refuse_fields(FieldRefusal("payment", "must name the attempt: a balance may have several"))
    payment = work.holder(order)
    if command.payment_id is not None:
        payment = work.payment(PaymentRef(order.shop, order.account, command.payment_id))
        if payment is None:
            return refuse(Refusal.PAYMENT_NOT_FOUND)
    if payment is None or payment.state is not PaymentState.PENDING:
        return shown(work, order, now, repeat=True)
    if work.is_too_late(payment, now):  # of a balance, which nothing holds: as if the sweeper had passed
        ended = end_pending(work, payment, now)
        return replace(shown(work, ended.order, now, repeat=True, changed=ended.payment), transitions=(ended,))
    if now < (until := work.periods.releasable_from(payment)):
        return refuse_until(until, Refusal.ATTEMPT_YOUNG, payment)
    released = _released(order, payment, now)
    return replace(shown(work, released.order, now, repeat=False, changed=released.payment), transitions=(released,))


def deliver_order(work: UnitOfWork, command: DeliverOrder, now: datetime) -> Decision:
    """Mark the goods as handed over: what was paid is then not given back. A balance may be marked again and again."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if order.one_time and order.delivered_at is not None and order.state is OrderState.PAID:
        return shown(work, order, now, repeat=True)
    paid_at = (p.performed_at for p in work.payments_of(order) if p.performed_at is not None)
    at = max([now, order.created_at, *paid_at])
    return apply_verb(work, order, OrderVerb.DELIVER, Actor.SHOP, now, at=at, delivered_at=at)


def expire_order(work: UnitOfWork, command: ExpireOrder, now: datetime) -> Decision:
    """Store that an order has expired, unless an attempt is live: the sweeper comes again."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    if not order.is_expired(now):
        return shown(work, order, now, repeat=True)
    if any(payment.state is PaymentState.PENDING for payment in work.payments_of(order)):
        return refuse(Refusal.ORDER_BUSY)
    return apply_verb(work, order, OrderVerb.EXPIRE, Actor.CLOCK, now)


def _open_again(work: UnitOfWork, order: Order, fingerprint: str, now: datetime) -> Decision:
    outcome = ORDER[order.kind, order.state, OrderVerb.OPEN]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if order.state is OrderState.AWAITING and order.is_expired(now):  # whether or not a sweeper has passed
        return refuse(Refusal.ORDER_EXPIRED)
    if order.fingerprint != fingerprint:
        return refuse(Refusal.ORDER_DIFFERS)
    return shown(work, order, now, repeat=True)


def apply_verb(
    work: UnitOfWork,
    order: Order,
    verb: OrderVerb,
    actor: Actor,
    now: datetime,
    *,
    at: datetime | None = None,
    **changes: Any,
) -> Decision:
    """Apply the order's row of the table: change and answer, answer as before, or refuse.

    `at`: the moment of the change, if it is later than the clock's.
    """
    outcome = ORDER[order.kind, order.state, verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if isinstance(outcome, Same):
        return shown(work, order, now, repeat=True)
    transition = order_transition(order, verb, outcome.state, actor, at or now, **changes)
    return Decision(shown(work, transition.order, now, repeat=False).answer, (transition,))


def shown(work: UnitOfWork, order: Order, now: datetime, *, repeat: bool, changed: Payment | None = None) -> Decision:
    """Decide to show the order. `changed`: the payment that the decision changes, as it is afterwards."""
    payments = [changed if changed and p.id == changed.id else p for p in _newest_payments(work, order)]
    until = work.periods.reserved_until(order, payments)
    return Decision(Shown(order, tuple(payments), unpayable(order, now), until, repeat=repeat))


def _released(order: Order, payment: Payment, now: datetime) -> Transition:
    return payment_transition(order, payment, Verb.RELEASE, Actor.SHOP, now, reason=int(Reason.RELEASED))


def _newest_payments(work: UnitOfWork, order: Order) -> tuple[Payment, ...]:
    """Return what is shown of the order's payments: the batch may have read more of them for its decisions."""
    return tuple(work.payments_of(order)[-PAYMENTS_SHOWN_MAX:])


def _fingerprint(command: OpenOrder) -> str:
    """Hash all that the shop sent about the order, so that a repeat differs from a change."""
    details = command.details
    checkout = {"return_url": details.return_url, "lang": details.lang, "card_type": details.card_type}
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
        *([True] if command.strict_expiry else []),
        *([checkout] if any(checkout.values()) else []),
    ]
    canonical = json.dumps(
        content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=dict
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
