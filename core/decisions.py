"""One decision for each command: pure functions of the books, the command and the moment."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from core import opening, ordering, settling
from core.answers import Answer, Refused, Replayed
from core.books import Books, Kept
from core.commands import (
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
from core.moving import Decision
from core.refusals import Refusal

DECISIONS: Final[Mapping[type[Command], Callable[[Books, Any, datetime], Decision]]] = {
    Create: opening.create,
    Attempt: opening.attempt,
    Perform: settling.perform,
    Cancel: settling.cancel,
    Release: settling.release,
    LookUp: settling.look_up,
    Fiscalise: settling.fiscalise,
    ExpirePayment: settling.expire_payment,
    OpenOrder: ordering.open_order,
    CloseOrder: ordering.close_order,
    DeliverOrder: ordering.deliver_order,
    ExpireOrder: ordering.expire_order,
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
