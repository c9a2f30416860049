"""A decision is an answer with the transitions that make it true; here both are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.domain.answers import Answer, Done, FieldRefusal, Refused
from core.domain.order_states import ORDER
from core.domain.outcomes import No, Same, To
from core.domain.payment_states import PAYMENT, Standing
from core.domain.records import Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, OrderVerb, PaymentSource, PaymentState, Reason, Verb


@dataclass(frozen=True, slots=True)
class Decision:
    answer: Answer
    transitions: tuple[Transition, ...] = ()


def refuse(refusal: Refusal, payment: Payment | None = None, keep: tuple[Transition, ...] = ()) -> Decision:
    """Decide to refuse. `keep`: transitions that are written all the same."""
    return Decision(Refused(refusal, payment), keep)


def refuse_until(moment: datetime, refusal: Refusal, payment: Payment) -> Decision:
    """Decide to refuse what will be done when it is asked again at this moment or later."""
    return Decision(Refused(refusal, payment, until=moment))


def refuse_fields(*fields: FieldRefusal) -> Decision:
    """Decide to refuse a command of the shop's for what stands in these fields."""
    return Decision(Refused(Refusal.INVALID, fields=fields))


OVERRULED: Final = frozenset({(PaymentSource.CLICK, Reason.TIMEOUT), (PaymentSource.CLICK, Reason.SUPERSEDED)})
"""The ends of ours that a provider may overrule: when Click completes, the card is already debited."""


STANDING: Final[Mapping[PaymentState, Standing]] = {state: Standing(state) for state in PaymentState}
"""Where a payment stands by its state, unless its end may be overruled."""


TOTAL_OF: Final[Mapping[PaymentState | None, str]] = {
    PaymentState.PAID: "paid_total",
    PaymentState.REVERSED: "reversed_total",
}
"""The total of its order that a payment counts in, by its state."""


def standing(payment: Payment) -> Standing:
    """Return where the payment stands, by which the tables say what follows."""
    if payment.state is PaymentState.CANCELLED and (payment.provider, payment.reason) in OVERRULED:
        return Standing.ENDED
    return STANDING[payment.state]


ORDER_VERB: Final[Mapping[tuple[Verb, PaymentState | None, PaymentState], OrderVerb]] = {
    (Verb.CREATE, None, PaymentState.PENDING): OrderVerb.RESERVE,
    (Verb.PERFORM, PaymentState.PENDING, PaymentState.PAID): OrderVerb.MARK_PAID,
    (Verb.REVIVE, PaymentState.CANCELLED, PaymentState.PAID): OrderVerb.MARK_PAID,
    (Verb.CANCEL, PaymentState.PENDING, PaymentState.CANCELLED): OrderVerb.FREE,
    (Verb.CANCEL, PaymentState.PAID, PaymentState.REVERSED): OrderVerb.REFUND,
    (Verb.RELEASE, PaymentState.PENDING, PaymentState.CANCELLED): OrderVerb.FREE,
    (Verb.GIVE_BACK, PaymentState.PAID, PaymentState.PAID): OrderVerb.REFUND_PART,
    (Verb.REVERSE, PaymentState.PAID, PaymentState.REVERSED): OrderVerb.REFUND,
    (Verb.RECORD, None, PaymentState.PAID): OrderVerb.RECORD,
    (Verb.TAKE_BACK, PaymentState.PAID, PaymentState.REVERSED): OrderVerb.REFUND,
    (Verb.MOVE_AWAY, PaymentState.PAID, PaymentState.MOVED): OrderVerb.LET_GO,
    (Verb.MOVE_BACK, PaymentState.MOVED, PaymentState.PAID): OrderVerb.MARK_PAID,
}
"""What a payment's verb does to the order when it leads from one state to another. Others don't concern the order."""


def order_verb(verb: Verb, before: PaymentState | None, after: PaymentState) -> OrderVerb | None:
    """Return what a payment's verb does to the order; None if it leaves the order alone."""
    return ORDER_VERB.get((verb, before, after))


def order_outcome(
    order: Order, verb: Verb, before: PaymentState | None, after: PaymentState
) -> To[OrderState] | Same | No:
    """Return what becomes of the order when a verb leads a payment of it from one state to another."""
    following = order_verb(verb, before, after)
    return Same() if following is None else ORDER[order.kind, order.state, following]


def payment_transition(
    order: Order,
    payment: Payment,
    verb: Verb,
    actor: Actor,
    now: datetime,
    *,
    new: bool = False,
    **changes: Any,
) -> Transition:
    """Make a payment's transition as its table says, and the order's with it. The caller has looked into the tables."""
    before = None if new else payment.state
    outcome = To(PaymentState.PENDING) if new else PAYMENT[standing(payment), verb]
    assert isinstance(outcome, To), f"{verb} changes nothing from {payment.state}"
    # A wall clock that was set back must not put an end before its beginning, nor a refund before the payment.
    at = max(now, payment.cancelled_at or payment.performed_at or payment.created_at)
    following = order_outcome(order, verb, before, outcome.state)
    after = following.state if isinstance(following, To) else order.state
    return Transition(
        verb=verb,
        actor=actor,
        at=at,
        order=order._replace(
            state=after, version=order.version + 1, changed_at=at, **_totals(order, payment, before, outcome.state)
        ),
        payment=payment._replace(state=outcome.state, **_new_times(outcome.state, payment, at), **changes),
        order_before=order.state,
        payment_before=before,
    )


def order_transition(
    order: Order, verb: OrderVerb, to: OrderState, actor: Actor, now: datetime, **changes: Any
) -> Transition:
    """Make a transition of an order alone."""
    at = max(now, order.created_at)
    return Transition(
        verb=verb,
        actor=actor,
        at=at,
        order=order._replace(state=to, version=order.version + 1, changed_at=at, **changes),
        payment=None,
        order_before=order.state,
        payment_before=None,
    )


def apply_transition(
    order: Order, payment: Payment, verb: Verb, actor: Actor, now: datetime, **changes: Any
) -> Decision:
    """Apply the payment's row of the table: change and answer, answer as before, or refuse."""
    outcome = PAYMENT[standing(payment), verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, payment)
    if isinstance(outcome, Same):
        return Decision(Done(payment, repeat=True))
    transition = payment_transition(order, payment, verb, actor, now, **changes)
    assert transition.payment is not None
    return Decision(Done(transition.payment, repeat=False), (transition,))


def end_pending(work: UnitOfWork, payment: Payment, now: datetime, reason: Reason = Reason.TIMEOUT) -> Transition:
    """End a pending payment, although its provider did not ask for it."""
    order = work.orders[payment.order_id]
    return payment_transition(order, payment, Verb.RELEASE, Actor.CLOCK, now, reason=int(reason))


def end_holder(work: UnitOfWork, order: Order, now: datetime) -> tuple[Transition, ...]:
    """End the payment that holds the order: its time is over, or a newer one of the same provider replaces it."""
    holder = work.holder(order)
    if holder is None:
        return ()
    reason = Reason.TIMEOUT if work.may_be_replaced(holder, now) else Reason.SUPERSEDED
    return (end_pending(work, holder, now, reason),)


def _totals(order: Order, payment: Payment, before: PaymentState | None, after: PaymentState) -> dict[str, Any]:
    """Return the order's totals that a payment's transition changes."""
    changed = {} if before is not None else {"payment_count": order.payment_count + 1}
    if after is before:
        return changed
    if (left := TOTAL_OF.get(before)) is not None:
        changed[left] = getattr(order, left) - payment.amount
    if (reached := TOTAL_OF.get(after)) is not None:
        changed[reached] = getattr(order, reached) + payment.amount
    return changed


def _new_times(state: PaymentState, payment: Payment, at: datetime) -> dict[str, Any]:
    """Return the times that a transition sets, by the state that it leads to. A revived payment has no end any more."""
    if state is payment.state:
        return {}
    if state is PaymentState.PAID:
        return {"performed_at": at, "cancelled_at": None}
    if state in (PaymentState.CANCELLED, PaymentState.REVERSED):
        return {"cancelled_at": at}
    return {}
