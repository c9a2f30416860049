"""Each command has one decision: a pure function of the unit of work, the command and the moment."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from core.domain import attempt_outcome, open_payment, order_lifecycle, order_terms, payment_outcome
from core.domain.answers import Answer, Refused, Replayed
from core.domain.clock_reliance import ends_unreconciled, opens, relies_on_clock
from core.domain.clock_trust import ClockTrust
from core.domain.commands import (
    AmendOrder,
    Attempt,
    Cancel,
    CloseOrder,
    Command,
    Confirm,
    Create,
    DeliverOrder,
    ExpireOrder,
    ExpirePayment,
    Fiscalise,
    LookUp,
    OpenOrder,
    Perform,
    Release,
    ReleaseOrder,
    ReopenOrder,
    ShopCommand,
)
from core.domain.errors import ClockDisagrees, Unreconciled
from core.domain.records import StoredAnswer
from core.domain.refusals import Refusal
from core.domain.transition import Decision, end_pending
from core.domain.unit_of_work import UnitOfWork

DECISIONS: Final[Mapping[type[Command], Callable[[UnitOfWork, Any, datetime], Decision]]] = {
    Create: open_payment.create,
    Attempt: open_payment.attempt,
    Perform: payment_outcome.perform,
    Confirm: attempt_outcome.confirm,
    Cancel: payment_outcome.cancel,
    Release: attempt_outcome.release,
    LookUp: payment_outcome.look_up,
    Fiscalise: payment_outcome.fiscalise,
    ExpirePayment: payment_outcome.expire_payment,
    OpenOrder: order_lifecycle.open_order,
    AmendOrder: order_terms.amend_order,
    ReopenOrder: order_terms.reopen_order,
    ReleaseOrder: order_lifecycle.release_order,
    CloseOrder: order_lifecycle.close_order,
    DeliverOrder: order_lifecycle.deliver_order,
    ExpireOrder: order_lifecycle.expire_order,
}


def decide(work: UnitOfWork, command: Command, now: datetime, correlation_id: str = "") -> Answer:
    """Decide one command and apply its transitions to the unit of work. Returns the answer.

    Raises ClockDisagrees, and applies nothing, where that would need more trust in the clock than there is, and
    Unreconciled where it would end a payment of before a restore that is still to be reconciled.

    A command whose idempotency key is known is not decided again: it gets the stored answer, or a refusal if it came
    with another content.
    """
    idempotency = getattr(command, "idempotency", None)
    if idempotency is None:
        decision = _decision(work, command, now, correlation_id)
        work.apply(decision.transitions, correlation_id)
        return decision.answer
    shop = cast(ShopCommand, command).order.shop
    stored = work.stored_answers.get((shop, idempotency.key))
    if stored is not None:
        if stored.fingerprint != idempotency.fingerprint:
            return Refused(Refusal.KEY_REUSED)
        return Replayed(stored.status, stored.body)
    decision = _decision(work, command, now, correlation_id)
    status, body = idempotency.render(decision.answer)  # before anything is applied: it may raise
    work.apply(decision.transitions, correlation_id)
    if isinstance(decision.answer, Refused) and decision.answer.until is not None:
        return decision.answer  # asked again later, with the same key, it is granted
    work.store_answer(StoredAnswer(shop, idempotency.key, idempotency.fingerprint, status, body, now))
    return decision.answer


def _decision(work: UnitOfWork, command: Command, now: datetime, correlation_id: str) -> Decision:
    """Decide. What holds an order beyond its time ends first: no shop is answered by whether a sweeper has passed."""
    if isinstance(command, ShopCommand) and (order := work.order(command.order)) is not None:
        holder = work.holder(order)
        if holder is not None and work.is_too_late(holder, now):
            work.rely_on_clock()
            work.apply((end_pending(work, holder, now),), correlation_id)
    decision = DECISIONS[type(command)](work, command, now)
    if relies_on_clock(work, command, decision):
        work.rely_on_clock()
    if work.reconciled_from and ends_unreconciled(work, decision):
        raise Unreconciled
    if work.clock_trust is ClockTrust.NOTHING and opens(decision):
        raise ClockDisagrees
    return decision
