"""Click's wire format keeps a form's texts as they came, which its signature covers, and reads numbers from them.

Field names are Click's own (Click, "SHOP API", request fields).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PREPARE: Final = "0"
COMPLETE: Final = "1"

REQUIRED: Final = frozenset(
    {
        "click_trans_id",
        "service_id",
        "click_paydoc_id",
        "merchant_trans_id",
        "amount",
        "action",
        "error",
        "error_note",
        "sign_time",
        "sign_string",
    }
)
"""Fields that must be there; their values may be empty, as error_note's often is. Complete adds merchant_prepare_id."""

OF_CLICK: Final = REQUIRED | {"merchant_prepare_id"}
STRICT: Final = OF_CLICK - {"error_note", "click_paydoc_id"}
"""Fields of which every byte must be readable: they are signed or used. What cannot be read is no click_paydoc_id."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_PREPARE_ID: Final = re.compile(r"[1-9][0-9]{0,9}")
"""As we write them: "07" is none, though the signature cannot tell account 10 with 07 from account 100 with 7."""


@dataclass(frozen=True, slots=True)
class Form:
    """One call as it came."""

    click_trans_id: str
    service_id: str
    click_paydoc_id: str
    merchant_trans_id: str
    merchant_prepare_id: str
    amount: str
    action: str
    error: str
    sign_time: str
    sign_string: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a form says in numbers."""

    click_trans_id: int
    click_paydoc_id: int | None
    """None where Click sends no number of the payment: empty, 0, or what is no positive integer."""
    error: int
    """Zero, or negative if Click could not take the money; above zero it means nothing."""


def form(fields: Mapping[str, str]) -> Form | None:
    """The call, or None if a required field is missing. Fields that are not Click's are passed over."""
    if not fields.keys() >= REQUIRED:
        return None
    if fields["action"] == COMPLETE and "merchant_prepare_id" not in fields:
        return None
    return Form(
        click_trans_id=fields["click_trans_id"],
        service_id=fields["service_id"],
        click_paydoc_id=fields["click_paydoc_id"],
        merchant_trans_id=fields["merchant_trans_id"],
        merchant_prepare_id=fields.get("merchant_prepare_id", ""),
        amount=fields["amount"],
        action=fields["action"],
        error=fields["error"],
        sign_time=fields["sign_time"],
        sign_string=fields["sign_string"],
    )


def numbers(form: Form) -> Numbers | None:
    """Read the numbers; None if click_trans_id or error is no 64-bit integer, or a Complete has an error above zero."""
    click_trans_id, click_paydoc_id = int64(form.click_trans_id), int64(form.click_paydoc_id)
    error = int64(form.error)
    if click_trans_id is None or error is None or (form.action == COMPLETE and error > 0):
        return None
    return Numbers(click_trans_id, click_paydoc_id if click_paydoc_id and click_paydoc_id > 0 else None, error)


def int64(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def prepare_id(text: str) -> int | None:
    """A number that could be one of ours: ours are positive and below 2^31."""
    if not _PREPARE_ID.fullmatch(text):
        return None
    number = int(text)
    return number if number < 2**31 else None
