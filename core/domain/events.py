"""Events inform the shop: which transitions are events, and what an event's payload says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core.domain.records import Payment, Transition
from schema.test_mode import split
from schema.values import OrderVerb, PaymentState, Verb

EVENTS: Final[Mapping[tuple[Verb | OrderVerb, PaymentState | None], str]] = {
    (Verb.CREATE, PaymentState.PENDING): "payment.created",
    (Verb.PERFORM, PaymentState.PAID): "payment.paid",
    (Verb.REVIVE, PaymentState.PAID): "payment.paid",
    (Verb.CANCEL, PaymentState.CANCELLED): "payment.cancelled",
    (Verb.CANCEL, PaymentState.REVERSED): "payment.reversed",
    (Verb.RELEASE, PaymentState.CANCELLED): "payment.cancelled",
    (Verb.NOTE, PaymentState.PENDING): "payment.retried",
    (Verb.FISCALISE, PaymentState.PENDING): "payment.fiscalised",
    (Verb.FISCALISE, PaymentState.PAID): "payment.fiscalised",
    (Verb.FISCALISE, PaymentState.CANCELLED): "payment.fiscalised",
    (Verb.FISCALISE, PaymentState.REVERSED): "payment.fiscalised",
    (Verb.FISCALISE, PaymentState.MOVED): "payment.fiscalised",
    (Verb.GIVE_BACK, PaymentState.PAID): "refund.succeeded",
    (Verb.REVERSE, PaymentState.REVERSED): "refund.succeeded",
    (Verb.RECORD, PaymentState.PAID): "payment.paid",
    (Verb.TAKE_BACK, PaymentState.REVERSED): "payment.reversed",
    (Verb.MOVE_AWAY, PaymentState.MOVED): "payment.moved",
    (Verb.MOVE_BACK, PaymentState.PAID): "payment.returned",
    (OrderVerb.EXPIRE, None): "order.expired",
    (OrderVerb.AMEND, None): "order.amended",
    (OrderVerb.REOPEN, None): "order.reopened",
}
"""Every transition of a payment is one, and of the orders' own those after which other terms hold or other payments are
taken than the shop may have in mind; opening, withdrawing and delivering it does itself."""


EVENT_SCHEMA: Final = 1
"""Of the payload. Within one schema fields are only added."""


def event_of(transition: Transition, transition_id: int) -> tuple[str, dict[str, Any]] | None:
    """Return the event's name and payload, frozen as of the transition; None if the shop needs no event.

    The payload is what the shop is sent, in the form of Standard Webhooks.
    """
    name = EVENTS.get((transition.verb, transition.payment.state if transition.payment else None))
    if name is None:
        return None
    order, payment = transition.order, transition.payment
    shop, is_test = split(order.shop)
    return name, {
        "id": f"evt_{transition_id}",
        "type": name,
        "timestamp": moment_text(transition.at),
        "schema": EVENT_SCHEMA,
        "shop": shop,
        "test": is_test,
        "data": {
            "order": {
                "account": order.account,
                "kind": order.kind,
                "amount": order.amount,
                "state": order.state,
                "version": order.version,
            },
            "payment": None if payment is None else _payment(payment),
        },
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "provider": payment.provider,
        "external_id": payment.external_id,
        "amount": payment.amount,
        "refunded": payment.amount if payment.state is PaymentState.REVERSED else 0,
        "state": payment.state,
        "reason": payment.reason,
        "created_at": moment_text(payment.created_at),
        "performed_at": moment(payment.performed_at),
        "cancelled_at": moment(payment.cancelled_at),
    }


def moment(at: datetime | None) -> str | None:
    return None if at is None else moment_text(at)


def moment_text(at: datetime) -> str:
    """Write as ISO 8601 in UTC, to the millisecond, with a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
