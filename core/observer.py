"""What the core tells of its own work, so that metrics and logs need not be known here."""

from collections.abc import Sequence
from typing import Protocol

from core.domain.refusals import Refusal
from core.domain.unit_of_work import Move


class Observer(Protocol):
    """Called after the fact, from the event loop; must neither block nor raise."""

    def batch(self, size: int, seconds: float) -> None:
        """A transaction was committed for so many commands."""

    def queued(self, depth: int) -> None:
        """So many commands are waiting or being worked on."""

    def moved(self, moves: Sequence[tuple[Move, str]]) -> None:
        """These moves are durable; each with the correlation id of its call."""

    def refused(self, refusal: Refusal) -> None:
        """A command was answered no."""

    def trouble(self, kind: str) -> None:
        """The database, or our own bounds, stood in the way."""


class Silent:
    """An observer that keeps it to itself."""

    def batch(self, size: int, seconds: float) -> None: ...

    def queued(self, depth: int) -> None: ...

    def moved(self, moves: Sequence[tuple[Move, str]]) -> None: ...

    def refused(self, refusal: Refusal) -> None: ...

    def trouble(self, kind: str) -> None: ...
