"""Click's codes answer the core's refusals: the catalogue says which answers which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core import Refusal


@dataclass(frozen=True, slots=True)
class ClickCode:
    """What `error` and `error_note` of an answer hold. Success has one, too."""

    error: int
    note: str


SUCCESS: Final = ClickCode(0, "Success")
BAD_SIGNATURE: Final = ClickCode(-1, "SIGN CHECK FAILED!")
WRONG_AMOUNT: Final = ClickCode(-2, "Incorrect parameter amount")
UNKNOWN_ACTION: Final = ClickCode(-3, "Action not found")
ALREADY_PAID: Final = ClickCode(-4, "Already paid")
UNKNOWN_ORDER: Final = ClickCode(-5, "User does not exist")
UNKNOWN_PAYMENT: Final = ClickCode(-6, "Transaction does not exist")
FAILED: Final = ClickCode(-7, "Failed to update user")
MALFORMED: Final = ClickCode(-8, "Error in request from click")
CANCELLED: Final = ClickCode(-9, "Transaction cancelled")

CLICK: Final[Mapping[Refusal, ClickCode]] = {
    Refusal.ORDER_NOT_FOUND: UNKNOWN_ORDER,
    # After -4 Click takes its own payment for done. An order that *another* payment has paid must send it back: -9.
    Refusal.ORDER_PAID: CANCELLED,
    Refusal.ORDER_CANCELLED: CANCELLED,
    Refusal.ORDER_REFUNDED: CANCELLED,
    Refusal.ORDER_EXPIRED: CANCELLED,
    Refusal.ORDER_BUSY: CANCELLED,
    Refusal.ORDER_ELSEWHERE: UNKNOWN_ORDER,
    Refusal.WRONG_AMOUNT: WRONG_AMOUNT,
    Refusal.PAYMENT_NOT_FOUND: UNKNOWN_PAYMENT,
    Refusal.PAYMENT_PAID: ALREADY_PAID,
    Refusal.PAYMENT_CANCELLED: CANCELLED,
    Refusal.PAYMENT_REVERSED: ALREADY_PAID,  # what was once confirmed stays so for Click
    Refusal.PAYMENT_EXPIRED: CANCELLED,
    Refusal.PAYMENT_TOO_OLD: CANCELLED,
    Refusal.PAYMENT_FROM_FUTURE: CANCELLED,
    Refusal.PAYMENT_DECLINED: CANCELLED,
    Refusal.PAYMENT_NOT_OWN: CANCELLED,
    # No call of Click's is refused with these. Should one ever be, the error is ours and Click may call again.
    Refusal.ORDER_DELIVERED: FAILED,
    Refusal.ORDER_NOT_PAID: FAILED,
    Refusal.ORDER_DIFFERS: FAILED,
    Refusal.PAYMENT_DIFFERS: FAILED,
    Refusal.PAYMENT_PENDING: FAILED,
    Refusal.PAYMENT_NOT_PAID: FAILED,
    Refusal.PAYMENT_MOVED: FAILED,
    Refusal.PARTLY_REFUNDED: FAILED,
    Refusal.ATTEMPT_YOUNG: FAILED,
    Refusal.INVALID: FAILED,
    Refusal.KEY_REUSED: FAILED,
}
"""Which code answers which refusal (Click, "SHOP API", error codes)."""
