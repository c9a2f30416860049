"""One well-formed call of each method, and what Payme must hear about an order."""

from typing import Any

from tests.actors.payme import OK, Payme

A, B, C = "5305e3bab097f420a62ced0a", "5305e3bab097f420a62ced0b", "5305e3bab097f420a62ced0c"
"""Payme's ids of three transactions."""

FISCAL_DATA = {
    "receipt_id": 121,
    "status_code": 0,
    "message": "accepted",
    "terminal_id": "EP000000000025",
    "fiscal_sign": "800031554082",
    "qr_code_url": "https://ofd.soliq.uz/check?t=EP0&r=121&c=20260930110000&s=80",
    "date": "20260930110000",
}

CALLS: dict[str, dict[str, Any]] = {
    "CheckPerformTransaction": {"amount": OK, "account": {"order_id": "1001"}},
    "CreateTransaction": {"id": A, "time": 1_790_000_000_000, "amount": OK, "account": {"order_id": "1001"}},
    "PerformTransaction": {"id": A},
    "CancelTransaction": {"id": A, "reason": 3},
    "CheckTransaction": {"id": A},
    "GetStatement": {"from": 0, "to": 1_790_000_000_000},
    "SetFiscalData": {"id": A, "type": "PERFORM", "fiscal_data": FISCAL_DATA},
}


async def refusal(payme: Payme, method: str, **params: Any) -> int:
    """The code of an error that must be about the order: with the field's name, and a text in three languages."""
    error = (await payme.answers(method, **params))["error"]
    assert error.keys() == {"code", "message", "data"}
    assert error["data"] == "order_id"
    assert error["message"].keys() == {"ru", "uz", "en"}
    assert all(error["message"].values())
    code: int = error["code"]
    return code


def authorization(payme: Payme) -> str:
    """The header as it goes over the wire."""
    return f"Authorization: {payme.credentials['Authorization']}"
