"""Log records as tests look at them: the event's words, and the fields beside them."""

import logging
from collections.abc import Iterable
from typing import Any

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the log call gave as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in STANDARD}


def logged(records: Iterable[logging.LogRecord], event: str) -> list[dict[str, Any]]:
    """The fields of every record of this event."""
    return [fields(record) for record in records if record.getMessage() == event]
