"""The audit job checks the books against their invariants beside the payments, for the metrics and the log."""

import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core import AUDIT_SECONDS, INVARIANTS, Clock, Finding, audit_books, make_engine
from gateway.config.settings import Settings
from gateway.observability.metrics import Metrics
from gateway.periods import periods

log = logging.getLogger(__name__)

LOGGED_EXAMPLES_MAX: Final = 3


class Auditor:
    """Uses one connection of its own, and so one of the database's processors at most."""

    def __init__(self, settings: Settings, database_url: str, clock: Clock, metrics: Metrics) -> None:
        self._period = timedelta(minutes=settings.audit_minutes)
        self._lifetimes = periods(settings).lifetimes
        self._pooled = settings.database_pooled
        self._url = database_url
        self._clock = clock
        self._metrics = metrics

    async def audit_once_for_all_processes(self) -> None:
        """Audit, unless another process has begun to in this period."""
        if not self._done_by_another():
            await self.audit()

    async def audit(self) -> Sequence[Finding]:
        """Audit once; findings are logged, and shown by the metrics."""
        engine = make_engine(self._url, 1, pooled=self._pooled, command_timeout=AUDIT_SECONDS)
        try:
            findings = await audit_books(engine, self._clock(), self._lifetimes, quick=True, connections=1)
        finally:
            await engine.dispose()
        self._report(findings)
        return findings

    def _report(self, findings: Sequence[Finding]) -> None:
        counts = {finding.invariant.name: len(finding.violations) for finding in findings}
        for invariant in INVARIANTS:
            self._metrics.violations.labels(invariant.name).set(counts.get(invariant.name, 0))
        self._metrics.audited.set(self._clock().timestamp())
        for finding in findings:
            log.error(
                "invariant violated",
                extra={
                    "invariant": finding.invariant.name,
                    "sentence": finding.invariant.sentence,
                    "violations": len(finding.violations),
                    "examples": finding.violations[:LOGGED_EXAMPLES_MAX],
                },
            )

    def _done_by_another(self) -> bool:
        """Whether another process has begun an audit in this period. Nothing is locked: at worst all do it."""
        directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if directory is None:
            return False
        file, now = Path(directory, "audited"), self._clock()
        try:
            last = datetime.fromisoformat(file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            last = now - self._period
        if timedelta() <= now - last < self._period / 2:
            return True
        file.write_text(now.isoformat(), encoding="ascii")
        return False
