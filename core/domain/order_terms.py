"""These decisions change an order's terms before anybody pays, and let one that has come to its end be paid again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core.domain.answers import FieldRefusal
from core.domain.clock_reliance import MUST_LIE_AHEAD
from core.domain.commands import AmendOrder, ReopenOrder
from core.domain.details import AMENDABLE_DETAILS, Details
from core.domain.order_lifecycle import apply_verb, shown
from core.domain.order_states import ORDER
from core.domain.outcomes import No, Same
from core.domain.records import Order, Transition
from core.domain.refusals import Refusal
from core.domain.transition import Decision, order_transition, refuse, refuse_fields
from core.domain.unit_of_work import UnitOfWork
from schema.fiscal import fiscal_problems
from schema.values import Actor, OrderKind, OrderState, OrderVerb

OF_KIND: Final[Mapping[str, OrderKind]] = {
    **dict.fromkeys(("amount", "items", "shipping"), OrderKind.ONE_TIME),
    **dict.fromkeys(("min_amount", "max_amount"), OrderKind.ACCUMULATIVE),
}
"""The terms that only orders of one kind have."""

NEEDS_EXPIRY: Final = FieldRefusal("expires_at", "must be a time: the order was opened with strict_expiry")


def amend_order(work: UnitOfWork, command: AmendOrder, now: datetime) -> Decision:
    """Change the terms of an order that awaits its payment. Payments of before may then be of another amount."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    outcome = ORDER[order.kind, order.state, OrderVerb.AMEND]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if order.is_expired(now):  # whether or not a sweeper has passed
        return refuse(Refusal.ORDER_EXPIRED)
    amended = _amended(order, command.changes)
    wrong = [*_of_another_kind(order, command.changes), *_contradictions(amended)]
    if (until := command.changes.get("expires_at")) is not None and until <= now:
        wrong.append(MUST_LIE_AHEAD)
    if wrong:
        return refuse_fields(*wrong)
    if amended == order:
        return shown(work, order, now, repeat=True)
    at = _after_all_payments(work, order, now)
    changes = {name: getattr(amended, name) for name in ("amount", "min_amount", "max_amount", "expires_at", "details")}
    return apply_verb(work, order, OrderVerb.AMEND, Actor.SHOP, now, at=at, terms_at=at, **changes)


def reopen_order(work: UnitOfWork, command: ReopenOrder, now: datetime) -> Decision:
    """Let an order be paid again under its old account. One that has expired unseen expires first."""
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    expired: tuple[Transition, ...] = ()
    if order.state is OrderState.AWAITING and order.is_expired(now):
        expired = (order_transition(order, OrderVerb.EXPIRE, OrderState.EXPIRED, Actor.CLOCK, now),)
        order = expired[0].order
    expires_at = order.expires_at if command.keeps_expiry else command.expires_at
    outcome = ORDER[order.kind, order.state, OrderVerb.REOPEN]
    if isinstance(outcome, No):
        return refuse(outcome.refusal)
    if isinstance(outcome, Same):
        if expires_at != order.expires_at and expires_at is not None and expires_at <= now:
            return refuse_fields(MUST_LIE_AHEAD)
        if expires_at != order.expires_at:
            return refuse_fields(FieldRefusal("expires_at", "is another one of the open order: change it with PATCH"))
        return shown(work, order, now, repeat=True)
    if expires_at is None and order.strict_expiry:
        return refuse_fields(NEEDS_EXPIRY)
    if expires_at is not None and expires_at <= now:
        return refuse_fields(MUST_LIE_AHEAD)
    at = _after_all_payments(work, order, now)
    reopened = apply_verb(work, order, OrderVerb.REOPEN, Actor.SHOP, now, at=at, expires_at=expires_at, reopened_at=at)
    return replace(reopened, transitions=(*expired, *reopened.transitions))


def _amended(order: Order, changes: Mapping[str, Any]) -> Order:
    of_details = {name: value for name, value in changes.items() if name in AMENDABLE_DETAILS}
    of_order = {name: value for name, value in changes.items() if name not in AMENDABLE_DETAILS}
    return order._replace(details=replace(order.details or Details(), **of_details), **of_order)


def _of_another_kind(order: Order, changes: Mapping[str, Any]) -> Iterator[FieldRefusal]:
    for name in changes:
        kind = OF_KIND.get(name, order.kind)
        if kind is not order.kind:
            yield FieldRefusal(name, f"is a field of {kind} orders only")


def _contradictions(order: Order) -> Iterator[FieldRefusal]:
    details = order.details or Details()
    if order.one_time and order.amount is None:
        yield FieldRefusal("amount", "must be a whole number: a one-time order is never without")
    elif order.one_time:
        assert order.amount is not None
        problems = fiscal_problems(order.amount, details.items, details.shipping)
        yield from (FieldRefusal(field, message) for field, message in problems)
    if order.strict_expiry and order.expires_at is None:
        yield NEEDS_EXPIRY
    if order.min_amount is not None and order.max_amount is not None and order.min_amount > order.max_amount:
        yield FieldRefusal("max_amount", "must not be below min_amount")


def _after_all_payments(work: UnitOfWork, order: Order, now: datetime) -> datetime:
    """Return now, or the moment of the newest payment, or of the order, where the clock was set back since."""
    return max([now, order.created_at, *(payment.created_at for payment in work.payments_of(order))])
