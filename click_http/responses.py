"""What Click is answered: always six fields, and a code of Click's for every word of the core's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from click_http.wire import int64
from core import Payment, Refusal
from schema.values import PaymentState


@dataclass(frozen=True, slots=True)
class Code:
    error: int
    note: str


SUCCESS: Final = Code(0, "Success")
BAD_SIGNATURE: Final = Code(-1, "SIGN CHECK FAILED!")
WRONG_AMOUNT: Final = Code(-2, "Incorrect parameter amount")
UNKNOWN_ACTION: Final = Code(-3, "Action not found")
ALREADY_PAID: Final = Code(-4, "Already paid")
UNKNOWN_ORDER: Final = Code(-5, "User does not exist")
UNKNOWN_PAYMENT: Final = Code(-6, "Transaction does not exist")
FAILED: Final = Code(-7, "Failed to update user")
MALFORMED: Final = Code(-8, "Error in request from click")
CANCELLED: Final = Code(-9, "Transaction cancelled")

CATALOGUE: Final[Mapping[Refusal, Code]] = {
    Refusal.ORDER_NOT_FOUND: UNKNOWN_ORDER,
    # After -4 Click takes its own payment for done. An order that *another* payment has paid must send it back: -9.
    Refusal.ORDER_PAID: CANCELLED,
    Refusal.ORDER_CANCELLED: CANCELLED,
    Refusal.ORDER_REFUNDED: CANCELLED,
    Refusal.ORDER_EXPIRED: CANCELLED,
    Refusal.ORDER_BUSY: CANCELLED,
    Refusal.WRONG_AMOUNT: WRONG_AMOUNT,
    Refusal.PAYMENT_NOT_FOUND: UNKNOWN_PAYMENT,
    Refusal.PAYMENT_PAID: ALREADY_PAID,
    Refusal.PAYMENT_CANCELLED: CANCELLED,
    Refusal.PAYMENT_REVERSED: CANCELLED,
    Refusal.PAYMENT_EXPIRED: CANCELLED,
    Refusal.PAYMENT_TOO_OLD: CANCELLED,
    Refusal.PAYMENT_DECLINED: CANCELLED,
    # Nothing that Click asks is refused with these. Should it ever be, the fault is ours and Click may ask again.
    Refusal.ORDER_DELIVERED: FAILED,
    Refusal.ORDER_NOT_PAID: FAILED,
    Refusal.ORDER_DIFFERS: FAILED,
    Refusal.PAYMENT_DIFFERS: FAILED,
    Refusal.KEY_REUSED: FAILED,
}
"""The core's words in Click's codes (Click, "SHOP API", error codes)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a call."""

    code: Code
    payment: Payment | None = None
    refusal: Refusal | None = None
    failed: bool = False
    """Nothing shows that it was Click who called."""


def answer(fields: Mapping[str, str], verdict: Verdict) -> dict[str, Any]:
    """All six fields whatever happened; ids are integers, 0 when there is none.

    Click's desktop test program fails on a null confirm id, although the documentation allows it.
    """
    payment = verdict.payment
    return {
        "click_trans_id": int64(fields.get("click_trans_id", "")) or 0,
        "merchant_trans_id": fields.get("merchant_trans_id", ""),
        "merchant_prepare_id": payment.id if payment else 0,
        "merchant_confirm_id": payment.id if payment and payment.state is PaymentState.PAID else 0,
        "error": verdict.code.error,
        "error_note": verdict.code.note,
    }
