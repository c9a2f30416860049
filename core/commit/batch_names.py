"""What a batch names, as `lock_and_load_1` takes it: orders by account, payments by the provider's id or by ours."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from core.domain.commands import (
    Attempt,
    AttemptRef,
    Command,
    ExternalPaymentRef,
    OrderRef,
    PaymentRef,
    ReleaseOrder,
)

NAME_A_PAYMENT_BY_ID: Final = (PaymentRef, AttemptRef)
"""Both with the account of its order."""


def names_in(commands: Sequence[Command]) -> dict[str, str | None]:
    """Return what the commands name, as JSON; None: nothing of this kind. A command's number is its place."""
    accounts: list[dict[str, Any]] = []
    payments: list[dict[str, Any]] = []
    payment_ids: list[int] = []
    attempts: list[dict[str, int]] = []
    known_as: list[str] = []
    for n, command in enumerate(commands):
        if order := order_ref_of(command):
            accounts.append({"n": n, "shop": order.shop, "account": order.account})
        ref = getattr(command, "payment", None)
        if isinstance(ref, ExternalPaymentRef):
            payments.append(_named(n, ref))
        elif isinstance(ref, NAME_A_PAYMENT_BY_ID):
            if ref.payment_id is not None:
                payment_ids.append(ref.payment_id)
            elif isinstance(ref, AttemptRef):  # its order is named by the account: the payment is read, not locked
                payments.append(_named(None, ref))
                known_as.append(ref.external_id)
        if isinstance(command, ReleaseOrder) and command.payment_id is not None:
            payment_ids.append(command.payment_id)
        if isinstance(command, Attempt):
            known_as.append(command.payment.external_id)
        numbered = command if isinstance(command, Attempt) else ref
        if isinstance(numbered, Attempt | AttemptRef) and numbered.payment_number is not None:
            attempts.append({"n": n, "number": numbered.payment_number})
    otherwise = {"payment_ids": payment_ids, "attempts": attempts, "known_as": known_as}
    return {
        "accounts": _json(accounts),
        "payments": _json(payments),
        "otherwise": _json(otherwise) if any(otherwise.values()) else None,
    }


def order_ref_of(command: Command) -> OrderRef | None:
    """Return the order that a command names by its account."""
    order = getattr(command, "order", None)
    if isinstance(order, OrderRef):
        return order
    payment = getattr(command, "payment", None)
    return OrderRef(payment.shop, payment.account) if isinstance(payment, NAME_A_PAYMENT_BY_ID) else None


def external_ref_of(command: Command) -> ExternalPaymentRef | None:
    """Return the payment that a command names by the provider's id."""
    payment = getattr(command, "payment", None)
    return payment if isinstance(payment, ExternalPaymentRef) else None


def _named(n: int | None, ref: ExternalPaymentRef | AttemptRef) -> dict[str, Any]:
    return {"n": n, "shop": ref.shop, "provider": ref.provider, "external_id": ref.external_id}


def _json(named: Any) -> str | None:
    return orjson.dumps(named).decode() if named else None
