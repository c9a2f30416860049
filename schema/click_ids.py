"""Click's ids of an attempt are one text in `payments.external_id`; here it is put together and taken apart."""

import re
from typing import Final

_ATTEMPT_ID: Final = re.compile(r"[0-9]+:(-?[0-9]{1,19}):")


def attempt_id(service_id: int, click_trans_id: int, account: str) -> str:
    """Click's id of an attempt. click_trans_id alone is not unique: its own tests use one for several orders."""
    return f"{attempt_id_beginning(service_id, click_trans_id)}{account}"


def attempt_id_beginning(service_id: int, click_trans_id: int) -> str:
    """What the ids of all attempts under this click_trans_id begin with."""
    return f"{service_id}:{click_trans_id}:"


def click_trans_id(attempt_id: str) -> int | None:
    """Click's own number of the attempt, from `attempt_id`; None from what is none."""
    match = _ATTEMPT_ID.match(attempt_id)
    return int(match[1]) if match else None
