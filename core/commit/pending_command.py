"""A command whose caller waits for its answer."""

import asyncio
from dataclasses import dataclass

from core.domain.answers import Answer
from core.domain.commands import Command
from core.domain.errors import TryAgain


@dataclass(slots=True, eq=False)
class PendingCommand:
    command: Command
    correlation_id: str
    deadline: float
    """By the event loop's clock."""
    answer: asyncio.Future[Answer]
    lock_timed_out_once: bool = False
    """For a row that somebody holds, up to the lock timeout."""

    def resolve(self, answer: Answer | Exception) -> None:
        """Answer the caller, if it still waits."""
        if isinstance(answer, Exception):
            self.fail(answer)
        elif not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def give_up(self) -> None:
        """The deadline passed: the command may still be done, and its repeat settles it."""
        self.fail(TryAgain())
