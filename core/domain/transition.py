"""How a decision is put together: the answer, and the moves that make it true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.domain.answers import Answer, Done, Refused
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, PAYMENT, No, Same, To
from core.domain.unit_of_work import Books, Move, Order, Payment
from schema.values import Actor, OrderState, OrderVerb, PaymentState, Reason, Verb


@dataclass(frozen=True, slots=True)
class Decision:
    answer: Answer
    moves: tuple[Move, ...] = ()


def refuse(refusal: Refusal, payment: Payment | None = None, keep: tuple[Move, ...] = ()) -> Decision:
    """Say no. `keep`: what is written all the same."""
    return Decision(Refused(refusal, payment), keep)


FOLLOWS: Final[Mapping[tuple[Verb, PaymentState], OrderVerb | None]] = {
    (Verb.CREATE, PaymentState.PENDING): OrderVerb.RESERVE,
    (Verb.PERFORM, PaymentState.PAID): OrderVerb.SETTLE,
    (Verb.CANCEL, PaymentState.CANCELLED): OrderVerb.FREE,
    (Verb.CANCEL, PaymentState.REVERSED): OrderVerb.REFUND,
    (Verb.RELEASE, PaymentState.CANCELLED): OrderVerb.FREE,
}
"""What a payment's verb, once it has led to that state, does to the order. Other verbs leave the order alone."""


def follow(order: Order, verb: Verb, reached: PaymentState) -> To[OrderState] | Same | No:
    """What becomes of the order when a payment of it reaches a state."""
    order_verb = FOLLOWS.get((verb, reached))
    return Same() if order_verb is None else ORDER[order.kind, order.state, order_verb]


def move_payment(
    order: Order,
    payment: Payment,
    verb: Verb,
    actor: Actor,
    now: datetime,
    *,
    new: bool = False,
    **changes: Any,
) -> Move:
    """One move of a payment, as its table says, with the order following. The caller has asked the tables before."""
    outcome = To(PaymentState.PENDING) if new else PAYMENT[payment.state, verb]
    assert isinstance(outcome, To), f"{verb} moves nothing from {payment.state}"
    # A wall clock that was set back must not put an end before its beginning, nor a refund before the payment.
    at = max(now, payment.performed_at or payment.created_at)
    following = follow(order, verb, outcome.state)
    after = following.state if isinstance(following, To) else order.state
    return Move(
        verb=verb,
        actor=actor,
        at=at,
        order=order._replace(state=after, version=order.version + 1, changed_at=at),
        payment=payment._replace(state=outcome.state, **_times(outcome.state, payment, at), **changes),
        order_was=order.state,
        payment_was=None if new else payment.state,
    )


def move_order(order: Order, verb: OrderVerb, to: OrderState, actor: Actor, now: datetime, **changes: Any) -> Move:
    """One move of an order alone."""
    at = max(now, order.created_at)
    return Move(
        verb=verb,
        actor=actor,
        at=at,
        order=order._replace(state=to, version=order.version + 1, changed_at=at, **changes),
        payment=None,
        order_was=order.state,
        payment_was=None,
    )


def settle(order: Order, payment: Payment, verb: Verb, actor: Actor, now: datetime, **changes: Any) -> Decision:
    """Do what the table says: move and answer, answer as before, or refuse."""
    outcome = PAYMENT[payment.state, verb]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, payment)
    if isinstance(outcome, Same):
        return Decision(Done(payment, repeat=True))
    move = move_payment(order, payment, verb, actor, now, **changes)
    assert move.payment is not None
    return Decision(Done(move.payment, repeat=False), (move,))


def lapse(books: Books, payment: Payment, now: datetime, reason: Reason = Reason.TIMEOUT) -> Move:
    """End a pending payment without anybody's word."""
    order = books.orders[payment.order_id]
    return move_payment(order, payment, Verb.RELEASE, Actor.CLOCK, now, reason=int(reason))


def _times(state: PaymentState, payment: Payment, at: datetime) -> dict[str, Any]:
    """Times are set once: by the move that leaves the state before."""
    if state is payment.state:
        return {}
    if state is PaymentState.PAID:
        return {"performed_at": at}
    if state in (PaymentState.CANCELLED, PaymentState.REVERSED):
        return {"cancelled_at": at}
    return {}
