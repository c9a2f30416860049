"""Payme's wire format reads the parameters of its methods strictly, and writes their results (Payme, "Methods").

The names are Payme's own. Strict means that nothing is guessed: `true` is not 1, `"100"` and `100.0` are not 100.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints

from schema.values import PaymentState

ID_MAX_CHARACTERS: Final = 64

Id = Annotated[str, StringConstraints(min_length=1, max_length=ID_MAX_CHARACTERS)]
"""Payme's id of a transaction: 24 characters today. Text, never parsed."""

Time = Annotated[int, Field(ge=10**12, lt=10**13)]
"""Milliseconds since 1970 in UTC, 13 digits."""

Reason = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""Kept as it comes: the documented set is not promised to be closed."""


def _in_lower_case(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


class Params(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class CheckPerformTransaction(Params):
    amount: int
    """Any integer: whether it fits the order is checked after the account."""
    account: Any = None
    """Read apart: what is wrong with it has codes of its own."""


class CreateTransaction(Params):
    id: Id
    time: Time
    amount: int
    account: Any = None


class PerformTransaction(Params):
    id: Id


class CancelTransaction(Params):
    id: Id
    reason: Reason


class CheckTransaction(Params):
    id: Id


class GetStatement(Params):
    since: int = Field(alias="from")
    until: int = Field(alias="to")


class SetFiscalData(Params):
    id: Id
    type: Annotated[Literal["perform", "cancel"] | None, BeforeValidator(_in_lower_case)] = None
    """In any case; without it the state of the transaction says which."""
    fiscal_data: dict[str, JsonValue]
    """Kept as it comes, but only if it can be kept: no infinite number, no endless nesting."""


class CheckPerformResult(TypedDict, total=False):
    allow: bool
    detail: dict[str, Any]


class CreateResult(TypedDict):
    create_time: int
    transaction: str
    state: int
    receivers: None


class PerformResult(TypedDict):
    transaction: str
    perform_time: int
    state: int


class CancelResult(TypedDict):
    transaction: str
    cancel_time: int
    state: int


class CheckResult(TypedDict):
    create_time: int
    perform_time: int
    """0 if it has not been performed; kept when it is cancelled afterwards."""
    cancel_time: int
    transaction: str
    state: int
    reason: int | None


class StatementEntry(TypedDict):
    id: str
    time: int
    amount: int
    account: Any
    create_time: int
    perform_time: int
    cancel_time: int
    transaction: str
    state: int
    reason: int | None
    receivers: None


class StatementResult(TypedDict):
    transactions: list[StatementEntry]


class FiscalDataResult(TypedDict):
    success: bool


STATE: Final[Mapping[PaymentState, int]] = {
    PaymentState.PENDING: 1,
    PaymentState.PAID: 2,
    PaymentState.CANCELLED: -1,
    PaymentState.REVERSED: -2,
    PaymentState.MOVED: 2,  # what becomes of the money within the shop is none of Payme's business
}
