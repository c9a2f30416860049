"""Puts payments and orders into Payme's results. Absent times are 0, an absent reason is null."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core import Details, Order, Payment, StatementLine
from payme_rpc import wire
from payme_rpc.wire import STATE
from schema.values import PaymentState, Reason, to_ms

SALE = 0
"""Payme's receipt_type of a sale or its return."""

UNKNOWN: Final = 10
"""Payme's reason for an error that it has no number for."""

OWN_REASONS: Final = frozenset(int(reason) for reason in Reason if reason >= 100)
"""Those that are no numbers of Payme's."""


def allowed(order: Order) -> wire.CheckPerformResult:
    """With the order's lines for the fiscal receipt, if the shop has given any (Payme, "CheckPerformTransaction")."""
    if order.details is None or not order.details.items:
        return {"allow": True}
    return {"allow": True, "detail": detail_of(order.details)}


def created(payment: Payment) -> wire.CreateResult:
    return {
        "create_time": to_ms(payment.created_at),
        "transaction": str(payment.id),
        "state": _state(payment),
        "receivers": None,
    }


def performed(payment: Payment) -> wire.PerformResult:
    return {
        "transaction": str(payment.id),
        "perform_time": _time(payment.performed_at),
        "state": _state(payment),
    }


def cancelled(payment: Payment) -> wire.CancelResult:
    return {
        "transaction": str(payment.id),
        "cancel_time": _time(payment.cancelled_at),
        "state": _state(payment),
    }


def checked(payment: Payment) -> wire.CheckResult:
    return {
        "create_time": to_ms(payment.created_at),
        "perform_time": _time(payment.performed_at),
        "cancel_time": 0 if payment.is_given_back_apart else _time(payment.cancelled_at),
        "transaction": str(payment.id),
        "state": _state(payment),
        "reason": UNKNOWN if payment.reason in OWN_REASONS else payment.reason,
    }


def entry(line: StatementLine) -> wire.StatementEntry:
    payment = line.payment
    return {
        "id": payment.external_id,
        "time": to_ms(payment.opened_at),
        "amount": payment.amount,
        "account": json.loads(line.account_received),
        **checked(payment),
        "receivers": None,
    }


def _state(payment: Payment) -> int:
    """Say as what Payme knows it: paid, whatever went back without Payme."""
    return STATE[PaymentState.PAID if payment.is_given_back_apart else payment.state]


def _time(moment: datetime | None) -> int:
    return 0 if moment is None else to_ms(moment)


def detail_of(details: Details) -> dict[str, Any]:
    """The lines of the fiscal receipt."""
    detail: dict[str, Any] = {"receipt_type": SALE, "items": [_without_gaps(item) for item in details.items or ()]}
    if details.shipping:
        detail["shipping"] = _without_gaps(details.shipping)
    return detail


def _without_gaps(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if value is not None}
