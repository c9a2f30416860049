"""`DatabaseWaits` knows what a worker waits for the database with, and logs that it waits, and that it goes on."""

import logging
from enum import Enum, auto

from core import db_error_of, in_words

log = logging.getLogger(__name__)


class Waiting(Enum):
    """What may fail while the other succeeds: a full disk may have room for a claim, and none for a result."""

    CLAIMS = auto()
    RESULTS = auto()


class DatabaseWaits:
    """Of one worker. Begin and end are logged once, a bug each time."""

    def __init__(self) -> None:
        self._waiting: set[Waiting] = set()
        self.refuses_results = False
        """For now. What would be sent meanwhile could not be settled either."""

    @property
    def is_away(self) -> bool:
        return bool(self._waiting)

    def failed(self, waiting: Waiting, error: Exception) -> None:
        if waiting is Waiting.RESULTS:
            self.refuses_results = not db_error_of(error).bug
        reason = in_words(error)
        if reason is None:
            log.error("webhook worker failed", exc_info=error)
            return
        if not self._waiting:
            log.warning("webhook worker waits for the database", extra={"reason": reason})
        self._waiting.add(waiting)

    def succeeded(self, waiting: Waiting) -> None:
        if waiting is Waiting.RESULTS:
            self.refuses_results = False
        if self._waiting:
            self._waiting.discard(waiting)
            if not self._waiting:
                log.warning("webhook worker goes on")
