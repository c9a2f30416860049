"""Keeps the answer of a gateway to one call, as the caller of a protocol sees it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ANSWER_KEPT_CHARACTERS: Final = 16 * 1024
"""Characters of an answer that the report keeps."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One call and its answer."""

    request: str
    """As it may be shown: secrets masked."""
    status: int | None
    """Of HTTP; None if no answer came."""
    text: str
    ms: float
    body: Any = None
    """Parsed, if it is JSON."""
    result: Mapping[str, Any] | None = None
    """The fields of an answer that is no error."""
    code: int | None = None
    """What the answer says of itself: at Payme the error's code, None for a result; at Click `error`, 0 for success."""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Any = None
    """What the caller wants to remember of the call (Payme: the rpc id)."""
    connection_error: str | None = None
    """Why no answer came."""


def parsed(text: str) -> Any:
    """Parse the text of an answer; None if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
