"""Log records as tests look at them: the event's words, and the fields beside them."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from gateway.observability import logs

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the log call gave as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in STANDARD}


def logged(records: Iterable[logging.LogRecord], event: str) -> list[dict[str, Any]]:
    """The fields of every record of this event."""
    return [fields(record) for record in records if record.getMessage() == event]


class Written:
    """Where the logs go in a test; read after everything was written."""

    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> None:
        self.data += data

    def lines(self) -> list[dict[str, Any]]:
        logs.close()
        return [json.loads(line) for line in self.data.splitlines()]

    def about(self) -> list[tuple[str | None, str | None]]:
        """Account and external id of every call."""
        return [(line["account"], line["external_id"]) for line in self.lines() if line["event"] == "call"]
