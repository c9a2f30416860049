"""The correlation id ties together one call's log lines, transitions and journal row."""

from contextvars import ContextVar
from typing import Final

correlation_id: Final[ContextVar[str]] = ContextVar("correlation_id", default="")
