"""One decision for each command: pure functions of the books, the command and the moment."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from core.domain import open_payment, order_lifecycle, payment_outcome
from core.domain.answers import Answer, Refused, Replayed
from core.domain.commands import (
    Attempt,
    Cancel,
    CloseOrder,
    Command,
    Create,
    DeliverOrder,
    ExpireOrder,
    ExpirePayment,
    Fiscalise,
    LookUp,
    OpenOrder,
    Perform,
    Release,
)
from core.domain.refusals import Refusal
from core.domain.transition import Decision
from core.domain.unit_of_work import Books, Kept

DECISIONS: Final[Mapping[type[Command], Callable[[Books, Any, datetime], Decision]]] = {
    Create: open_payment.create,
    Attempt: open_payment.attempt,
    Perform: payment_outcome.perform,
    Cancel: payment_outcome.cancel,
    Release: payment_outcome.release,
    LookUp: payment_outcome.look_up,
    Fiscalise: payment_outcome.fiscalise,
    ExpirePayment: payment_outcome.expire_payment,
    OpenOrder: order_lifecycle.open_order,
    CloseOrder: order_lifecycle.close_order,
    DeliverOrder: order_lifecycle.deliver_order,
    ExpireOrder: order_lifecycle.expire_order,
}


def decide(books: Books, command: Command, now: datetime, correlation_id: str = "") -> Answer:
    """Decide one command and put its moves into the books. Returns the answer.

    A command with an idempotency key that the books know is not decided again: its kept answer is given, or
    refused if it came with another content.
    """
    idempotency = getattr(command, "idempotency", None)
    if idempotency is None:
        decision = DECISIONS[type(command)](books, command, now)
        books.apply(decision.moves, correlation_id)
        return decision.answer
    shop = cast(OpenOrder, command).order.shop
    kept = books.kept.get((shop, idempotency.key))
    if kept is not None:
        if kept.fingerprint != idempotency.fingerprint:
            return Refused(Refusal.KEY_REUSED)
        return Replayed(kept.status, kept.body)
    decision = DECISIONS[type(command)](books, command, now)
    status, body = idempotency.render(decision.answer)  # before anything is applied: it may raise
    books.apply(decision.moves, correlation_id)
    books.keep(Kept(shop, idempotency.key, idempotency.fingerprint, status, body, now))
    return decision.answer
