"""Observers learn what the core does, so that the core need not know metrics or logs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.domain.records import Transition
from core.domain.refusals import Refusal


class Observer(Protocol):
    """Is called after each event, from the event loop; must neither block nor raise."""

    def batch(self, size: int, seconds: float) -> None:
        """A transaction was committed for so many commands."""

    def queued(self, depth: int) -> None:
        """So many commands are waiting or being worked on."""

    def committed(self, transitions: Sequence[tuple[Transition, str]]) -> None:
        """These transitions are durable; each with the correlation id of its call."""

    def refused(self, refusal: Refusal, shop: str) -> None:
        """A command was refused; `shop` as in the tables."""

    def database_error(self, kind: str) -> None:
        """The database raised an error; `kind` as `core.db.errors` names it."""

    def overloaded(self) -> None:
        """A command or a check was refused at once: there is more to do than can be done in time."""

    def sweep_held(self, hold: str | None) -> None:
        """Something that has expired by the wall clock is not ended, and why; None: all of it is again."""

    def clock_compared(self, skew: timedelta) -> None:
        """Our clock was compared with the database's, and is so far ahead of it."""


class NullObserver:
    """Ignores all of it."""

    def batch(self, size: int, seconds: float) -> None: ...

    def queued(self, depth: int) -> None: ...

    def committed(self, transitions: Sequence[tuple[Transition, str]]) -> None: ...

    def refused(self, refusal: Refusal, shop: str) -> None: ...

    def database_error(self, kind: str) -> None: ...

    def overloaded(self) -> None: ...

    def sweep_held(self, hold: str | None) -> None: ...

    def clock_compared(self, skew: timedelta) -> None: ...
