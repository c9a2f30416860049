"""These examples illustrate the bodies of events: one for each type."""

from collections.abc import Mapping
from typing import Any, Final

from merchant_api.event_wire import PAYMENTS
from schema.event_types import EVENT_SCHEMA, SENTENCES, TEST

AT: Final = "2026-11-22T10:16:03.789Z"

PAYMENT: Final[dict[str, Any]] = {
    "id": 33,
    "provider": "payme",
    "external_id": "5305e3bab097f420a62ced0b",
    "amount": 5_000_000,
    "refunded": 0,
    "state": "paid",
    "reason": None,
    "created_at": "2026-11-22T10:16:01.456Z",
    "performed_at": AT,
    "cancelled_at": None,
}

PENDING: Final = {"state": "pending", "performed_at": None}
ENDED: Final = "2026-11-22T10:20:00.000Z"

CHANGES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "payment.created": ("reserved", PENDING),
    "payment.paid": ("paid", {}),
    "payment.cancelled": ("awaiting", {**PENDING, "state": "cancelled", "reason": 3, "cancelled_at": ENDED}),
    "payment.reversed": (
        "refunded",
        {"state": "reversed", "reason": 5, "cancelled_at": ENDED, "refunded": PAYMENT["amount"]},
    ),
    "payment.retried": ("reserved", PENDING),
    "payment.fiscalised": ("paid", {}),
    "payment.moved": ("awaiting", {"state": "moved"}),
    "payment.returned": ("paid", {}),
    "refund.succeeded": ("partially_refunded", {"refunded": 1_000_000}),
    "order.expired": ("expired", {}),
    "order.amended": ("awaiting", {}),
    "order.reopened": ("awaiting", {}),
}
"""By type: the order's state, and what differs in the payment."""


def _body(event: str, event_id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event_id,
        "type": event,
        "timestamp": AT,
        "schema": EVENT_SCHEMA,
        "shop": "main",
        "test": False,
        "data": data,
    }


def _stored(event: str) -> dict[str, Any]:
    state, changes = CHANGES[event]
    order = {"account": "1001", "kind": "one_time", "amount": PAYMENT["amount"], "state": state, "version": 2}
    payment = None if PAYMENTS[event] is None else {**PAYMENT, **changes}
    return _body(event, "evt_1234", {"order": order, "payment": payment})


EXAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    **{event: _stored(event) for event in SENTENCES},
    TEST: _body(TEST, "evt_test_0f9c2c1e5f0e4b7e", {"webhook": "erp"}),
}
