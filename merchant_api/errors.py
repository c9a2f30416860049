"""The API's problems (RFC 9457) answer the core's refusals: the catalogue says which answers which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core import Refusal
from inbound.body import BodyFailure
from merchant_api.wire import FieldError, ProblemDetails


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem. The word is what a program should look at: it ends the problem's `type`."""

    status: int
    word: str
    title: str


FIELD_ERRORS_MAX: Final = 20
FIELD_NAME_MAX_CHARACTERS: Final = 128
"""Of a field's name in an error: the sender chose it."""

TOO_MANY: Final = ProblemKind(429, "too_many", "Too many calls without a valid API token")
TOO_MANY_READS: Final = ProblemKind(429, "too_many_reads", "Too many of the shop's reads are under way")
TOO_MANY_ORDERS: Final = ProblemKind(429, "too_many_orders", "The shop opens too many orders a second")
UNREADABLE: Final = ProblemKind(400, "unreadable", "The body is not JSON")
UNAUTHORIZED: Final = ProblemKind(401, "unauthorized", "A valid API token is needed")
UNKNOWN_PATH: Final = ProblemKind(404, "unknown_path", "There is nothing at this path")
WRONG_METHOD: Final = ProblemKind(405, "wrong_method", "This path does not take this method")
TOO_SLOW: Final = ProblemKind(408, "too_slow", "The body did not come in time")
TOO_LARGE: Final = ProblemKind(413, "too_large", "The body is too large")
INVALID: Final = ProblemKind(422, "invalid", "Some fields are not valid")
FAILED: Final = ProblemKind(500, "failed", "The call failed on our side")
TRY_AGAIN: Final = ProblemKind(503, "try_again", "Nothing certain can be said now")
REJECTED: Final = ProblemKind(400, "rejected", "The request is not valid HTTP for this path")


def _conflict(refusal: Refusal, title: str) -> ProblemKind:
    return ProblemKind(409, str(refusal), title)


PROBLEMS: Final[Mapping[Refusal, ProblemKind]] = {
    Refusal.ORDER_NOT_FOUND: ProblemKind(404, "order_not_found", "There is no such order"),
    Refusal.ORDER_PAID: _conflict(Refusal.ORDER_PAID, "The order is paid"),
    Refusal.ORDER_CANCELLED: _conflict(Refusal.ORDER_CANCELLED, "The order is cancelled"),
    Refusal.ORDER_REFUNDED: _conflict(Refusal.ORDER_REFUNDED, "The order's money was given back"),
    Refusal.ORDER_EXPIRED: _conflict(Refusal.ORDER_EXPIRED, "The order's time is over"),
    Refusal.ORDER_BUSY: _conflict(Refusal.ORDER_BUSY, "A payment of the order is under way"),
    Refusal.ORDER_DELIVERED: _conflict(Refusal.ORDER_DELIVERED, "The goods were handed over"),
    Refusal.ORDER_NOT_PAID: _conflict(Refusal.ORDER_NOT_PAID, "The order is not paid"),
    Refusal.ORDER_DIFFERS: _conflict(Refusal.ORDER_DIFFERS, "The account has an order with another content"),
    Refusal.ORDER_ELSEWHERE: _conflict(Refusal.ORDER_ELSEWHERE, "Another system keeps the order"),
    Refusal.WRONG_AMOUNT: _conflict(Refusal.WRONG_AMOUNT, "The amount is not the order's"),
    Refusal.PAYMENT_NOT_FOUND: ProblemKind(404, "payment_not_found", "There is no such payment"),
    Refusal.PAYMENT_PAID: _conflict(Refusal.PAYMENT_PAID, "The payment is paid"),
    Refusal.PAYMENT_CANCELLED: _conflict(Refusal.PAYMENT_CANCELLED, "The payment is cancelled"),
    Refusal.PAYMENT_REVERSED: _conflict(Refusal.PAYMENT_REVERSED, "The payment was given back"),
    Refusal.PAYMENT_EXPIRED: _conflict(Refusal.PAYMENT_EXPIRED, "The payment's time ran out"),
    Refusal.PAYMENT_DIFFERS: _conflict(Refusal.PAYMENT_DIFFERS, "The payment is known with another content"),
    Refusal.PAYMENT_TOO_OLD: _conflict(Refusal.PAYMENT_TOO_OLD, "The payment came after its time"),
    Refusal.PAYMENT_FROM_FUTURE: _conflict(Refusal.PAYMENT_FROM_FUTURE, "The payment's time is ahead of our clock"),
    Refusal.PAYMENT_DECLINED: _conflict(Refusal.PAYMENT_DECLINED, "The provider declined the payment"),
    Refusal.PAYMENT_PENDING: _conflict(Refusal.PAYMENT_PENDING, "The payment is under way"),
    Refusal.PAYMENT_NOT_PAID: _conflict(Refusal.PAYMENT_NOT_PAID, "The payment is not paid"),
    Refusal.PAYMENT_MOVED: _conflict(Refusal.PAYMENT_MOVED, "The payment counts for another order"),
    Refusal.PARTLY_REFUNDED: _conflict(Refusal.PARTLY_REFUNDED, "A part of the payment was given back"),
    Refusal.PAYMENT_NOT_OWN: _conflict(Refusal.PAYMENT_NOT_OWN, "The payment is another's"),
    Refusal.ATTEMPT_YOUNG: _conflict(Refusal.ATTEMPT_YOUNG, "The attempt has only just begun"),
    Refusal.INVALID: INVALID,
    Refusal.KEY_REUSED: ProblemKind(422, "key_reused", "The idempotency key came before with another request"),
}


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - it is an answer
    """Raised where no answer can be given but this one."""

    kind: ProblemKind
    detail: str = ""
    field_errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body_failure: BodyFailure | None = None
    """The body could not be read to its end, and the connection is of no use any more."""

    @property
    def text(self) -> str:
        return ProblemDetails(
            type=f"urn:problem-type:tiyin:{self.kind.word}",
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail or f"{self.kind.title}.",
            errors=list(self.field_errors),
        ).model_dump_json()


def invalid(*field_errors: FieldError) -> Problem:
    shown = [
        FieldError(field=field_error.field[:FIELD_NAME_MAX_CHARACTERS], message=field_error.message)
        for field_error in field_errors[:FIELD_ERRORS_MAX]
    ]
    names = ", ".join(dict.fromkeys(field_error.field for field_error in shown))
    return Problem(INVALID, f"Not valid: {names}.", shown)


def invalid_field(field: str, message: str) -> Problem:
    return invalid(FieldError(field=field, message=message))
