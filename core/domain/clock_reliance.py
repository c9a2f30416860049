"""A decision may rely on the clock: it ends something, or refuses, because time has passed."""

from typing import Final

from core.domain.answers import FieldRefusal, Refused
from core.domain.commands import AttemptRef, Check, Command, OrderRef
from core.domain.records import Order, Transition
from core.domain.refusals import Refusal
from core.domain.transition import Decision
from core.domain.unit_of_work import UnitOfWork
from schema.values import Actor, OrderState, OrderVerb, Reason, Verb

MUST_LIE_AHEAD: Final = FieldRefusal("expires_at", "must lie in the future")

REFUSALS: Final = frozenset({Refusal.PAYMENT_EXPIRED, Refusal.PAYMENT_TOO_OLD, Refusal.PAYMENT_FROM_FUTURE})
REASONS: Final = frozenset({Reason.TIMEOUT, Reason.RELEASED, Reason.DEBIT_REFUSED})
"""Of ends that are not the provider's. The shop may release an attempt only after a time; a debit may be refused
because it is late."""
OURS: Final = frozenset({Actor.CLOCK, Actor.SHOP})

EXPIRE: Final = OrderVerb.EXPIRE
RELEASE: Final = Verb.RELEASE
"""At hand, because every decision is asked."""


def relies_on_clock(work: UnitOfWork, command: Command | Check, decision: Decision) -> bool:
    """Return whether another moment might have led to another end. To be asked before the decision is applied."""
    answer = decision.answer
    if isinstance(answer, Refused):
        if answer.refusal in REFUSALS or MUST_LIE_AHEAD in answer.fields:
            return True
        if answer.refusal is Refusal.ORDER_EXPIRED and not _has_expired(_order_of(work, command)):
            return True
    return any(map(_ends_by_clock, decision.transitions))


def ends_unreconciled(work: UnitOfWork, decision: Decision) -> bool:
    """Return whether it ends a payment of before a restore, although its provider has not said so."""
    ends = (transition.payment for transition in decision.transitions if _ends_by_clock(transition))
    return any(payment is not None and work.is_unreconciled(payment) for payment in ends)


def opens(decision: Decision) -> bool:
    """Return whether it opens a payment or an order."""
    return any(transition.verb in (Verb.CREATE, OrderVerb.OPEN) for transition in decision.transitions)


def _ends_by_clock(transition: Transition) -> bool:
    if transition.verb is EXPIRE:
        return True
    payment = transition.payment
    return transition.verb is RELEASE and transition.actor in OURS and payment is not None and payment.reason in REASONS


def _has_expired(order: Order | None) -> bool:
    """Return whether it was stored that it has: then no clock is asked."""
    return order is not None and order.state is OrderState.EXPIRED


def _order_of(work: UnitOfWork, command: Command | Check) -> Order | None:
    ref = getattr(command, "order", None)
    if not isinstance(ref, OrderRef):
        payment = getattr(command, "payment", None)
        ref = OrderRef(payment.shop, payment.account) if isinstance(payment, AttemptRef) else None
    return None if ref is None else work.order(ref)
