"""Puts what came of a call into Click's answer: always six fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from click_http.errors import ClickCode
from click_http.wire import int64
from core import Payment, Refusal
from schema.values import PaymentState

CONFIRMED: Final = frozenset({PaymentState.PAID, PaymentState.MOVED})


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call."""

    code: ClickCode
    payment: Payment | None = None
    refusal: Refusal | None = None
    failed_auth: bool = False
    """Nothing shows that it was Click who called."""


def answer(fields: Mapping[str, str], result: CallResult) -> dict[str, Any]:
    """All six fields whatever happened; ids are integers, 0 when there is none.

    Click's desktop test program fails on a null confirm id, although the documentation allows it.
    """
    payment = result.payment
    return {
        "click_trans_id": int64(fields.get("click_trans_id", "")) or 0,
        "merchant_trans_id": fields.get("merchant_trans_id", ""),
        "merchant_prepare_id": payment.id if payment else 0,
        "merchant_confirm_id": payment.id if payment and payment.state in CONFIRMED else 0,
        "error": result.code.error,
        "error_note": result.code.note,
    }
