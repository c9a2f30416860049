"""A pending command is one whose caller waits for the answer."""

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
    """It has waited for a row up to the lock timeout; after a second time its caller gets the try-again answer."""

    def resolve(self, answer: Answer | Exception) -> None:
        """Answer the caller if it still waits."""
        if isinstance(answer, Exception):
            self.fail(answer)
        elif not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def time_out(self) -> None:
        """Answer the caller at its deadline: the command may still be done, and a repeat of it makes sure."""
        self.fail(TryAgain())
