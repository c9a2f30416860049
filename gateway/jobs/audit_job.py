"""Audits beside the payments: every so often the books are held against their invariants, and the metrics say so."""

import asyncio
import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core import AUDIT_SECONDS, INVARIANTS, Clock, Finding, audit_books, lifetimes, make_engine
from gateway.config.settings import Settings
from gateway.observability.metrics import Metrics

log = logging.getLogger(__name__)

FIRST_SECONDS: Final = 60.0
"""From the start to the first audit: a gateway that is restarted every day must be audited too."""

APART: Final = 10
"""Processes that are started together look in different seconds of so many whether one of them has done it."""

EXAMPLES: Final = 3
"""In a line of the log."""


class Auditor:
    """Uses one connection of its own, and so one of the database's processors at most."""

    def __init__(self, settings: Settings, database_url: str, clock: Clock, metrics: Metrics) -> None:
        self._period = timedelta(minutes=settings.audit_minutes)
        self._reservation = timedelta(seconds=settings.click_reservation)
        self._pooled = settings.database_pooled
        self._url = database_url
        self._clock = clock
        self._figures = metrics

    async def run(self) -> None:
        """Audit for ever, unless the settings say not to. What goes wrong is left to the next time."""
        if not self._period:
            return
        await asyncio.sleep(min(FIRST_SECONDS, self._period.total_seconds()) + os.getpid() % APART)
        while True:
            try:
                if not self._done_by_another():
                    await self.audit()
            except Exception:
                log.warning("the audit failed and will be tried again", exc_info=True)
            await asyncio.sleep(self._period.total_seconds())

    async def audit(self) -> Sequence[Finding]:
        """One audit: what it finds is logged, and shown by the metrics."""
        books = make_engine(self._url, 1, pooled=self._pooled, command_timeout=AUDIT_SECONDS)
        try:
            found = await audit_books(books, self._clock(), lifetimes(self._reservation), quick=True, connections=1)
        finally:
            await books.dispose()
        self._tell(found)
        return found

    def _tell(self, found: Sequence[Finding]) -> None:
        many = {finding.invariant.name: len(finding.violations) for finding in found}
        for invariant in INVARIANTS:
            self._figures.violations.labels(invariant.name).set(many.get(invariant.name, 0))
        self._figures.audited.set(self._clock().timestamp())
        for finding in found:
            log.error(
                "the books do not hold: %s (%s: %d found, such as %s)",
                *(finding.invariant.sentence, finding.invariant.name, len(finding.violations)),
                finding.violations[:EXAMPLES],
            )

    def _done_by_another(self) -> bool:
        """Whether another process has begun an audit in this period. Nothing is locked: at worst all do it."""
        place = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if place is None:
            return False
        mark, now = Path(place, "audited"), self._clock()
        try:
            last = datetime.fromisoformat(mark.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            last = now - self._period
        if timedelta() <= now - last < self._period / 2:
            return True
        mark.write_text(now.isoformat(), encoding="ascii")
        return False
