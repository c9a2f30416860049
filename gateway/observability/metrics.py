"""The metrics of one gateway count and measure its calls; Prometheus reads them on a page.

Several processes share them through files in PROMETHEUS_MULTIPROC_DIR, which must be set before the first import of
prometheus_client.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.observability.tallies import CounterTally, GaugeTally, HistogramTally, Tally
from gateway.observability.webhook_metrics import WebhookMetrics
from schema.values import Provider

METHODS: Final = frozenset(
    {
        *("CheckPerformTransaction", "CreateTransaction", "PerformTransaction", "CancelTransaction"),
        *("CheckTransaction", "GetStatement", "SetFiscalData"),
        *("Prepare", "Complete"),
    }
)
"""Those of the protocols; the API names its own few. A provider's interface is called by any name: it must not become a
label."""

OTHER: Final = "other"
NO_INTERFACE: Final = "none"
"""The interface of a call that none answers."""

SWEEP_HOLDS: Final = ("clock_jump", "backlog")

IN_FILES: Final = "PROMETHEUS_MULTIPROC_DIR" in os.environ
"""As prometheus_client itself has found when it was imported."""

FLUSH_SECONDS: Final = 0.5
"""So old is what other processes read of this one."""

SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
COMMANDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Holds one gateway's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = of = CollectorRegistry()
        self.requests = Counter(
            "tiyin_requests", "Calls answered, by the answer's code.", ["interface", "method", "code"], registry=of
        )
        self.seconds = Histogram(
            "tiyin_request_seconds",
            "Seconds from a call to its answer.",
            ["interface", "method"],
            buckets=SECONDS,
            registry=of,
        )
        in_flight = Gauge("tiyin_in_flight", "Calls being answered.", multiprocess_mode="livesum", registry=of)
        self.in_flight = GaugeTally(in_flight)
        batch_commands = Histogram(
            "tiyin_batch_commands", "Commands in one transaction.", buckets=COMMANDS, registry=of
        )
        self.batch_commands = HistogramTally(batch_commands, COMMANDS)
        batch_seconds = Histogram(
            "tiyin_batch_seconds", "Seconds of one transaction, from lock to commit.", buckets=SECONDS, registry=of
        )
        self.batch_seconds = HistogramTally(batch_seconds, SECONDS)
        queue_depth = Gauge(
            "tiyin_queue_depth",
            "Commands that wait for a transaction or are in one.",
            multiprocess_mode="livesum",
            registry=of,
        )
        self.queue_depth = GaugeTally(queue_depth)
        self._tallies: list[Tally] = [self.in_flight, self.batch_commands, self.batch_seconds, self.queue_depth]
        self.transitions = Counter(
            "tiyin_transitions", "State changes of orders and payments.", ["verb", "actor"], registry=of
        )
        self.refusals = Counter("tiyin_refusals", "Commands refused, by the core's refusal.", ["refusal"], registry=of)
        self.refused_payments: dict[str, Counter] = {
            Provider.PAYME: Counter(
                "tiyin_payme_performs_refused",
                "Performs whose payment the books refused.",
                ["shop", "code"],
                registry=of,
            ),
            Provider.CLICK: Counter(
                "tiyin_click_debits_refused",
                "Completes of debited cards that were answered neither 0 nor -4.",
                ["shop", "code"],
                registry=of,
            ),
        }
        self.skewed_payments = Counter(
            "tiyin_skewed_payments",
            "Payments opened whose provider's time was more than two minutes from ours.",
            ["provider", "direction"],
            registry=of,
        )
        self.clock_skew = Gauge(
            "tiyin_clock_skew_seconds",
            "How far our clock is ahead of the database's; negative: behind.",
            multiprocess_mode="mostrecent",
            registry=of,
        )
        self.database_errors = Counter(
            "tiyin_database_errors", "Errors of the database, by kind.", ["kind"], registry=of
        )
        self.database_restarts = Counter(
            "tiyin_database_restarts", "Starts of an embedded database that had died.", registry=of
        )
        self.database_restart_failures = Counter(
            "tiyin_database_restart_failures", "Such starts that have failed.", registry=of
        )
        self.overloads = Counter(
            "tiyin_overload_refusals", "Calls answered with 'try again' because of overload.", registry=of
        )
        self.sweep_held = Gauge(
            "tiyin_sweep_held",
            "1 while something that has expired by the wall clock is not ended.",
            ["reason"],
            multiprocess_mode="livemax",
            registry=of,
        )
        for reason in SWEEP_HOLDS:
            self.sweep_held.labels(reason)
        self.journal_dropped = Counter("tiyin_journal_dropped", "Exchanges that the journal lost.", registry=of)
        self.log_dropped = Counter("tiyin_log_dropped", "Log lines that could not be written.", registry=of)
        self.connections_shed = Counter(
            "tiyin_connections_shed",
            "Connections closed to make room, on which no call with accepted credentials had come.",
            registry=of,
        )
        self.failed_auth_not_recorded = Counter(
            "tiyin_failed_auth_not_recorded",
            "Failed authentications beyond RATE_LIMIT_FAILURES or FAILED_AUTH_BYTES_A_DAY, recorded nowhere else.",
            ["interface"],
            registry=of,
        )
        self.failed_auth_bytes = Counter(
            "tiyin_failed_auth_bytes", "Bytes of journal and log taken by failed authentications.", registry=of
        )
        self.rate_limit_store_errors = Counter(
            "tiyin_rate_limit_store_errors", "Requests that RATE_LIMIT_STORE did not answer.", registry=of
        )
        self.violations = Gauge(
            "tiyin_invariant_violations",
            "Violations that the last audit found, up to a hundred of each invariant.",
            ["invariant"],
            multiprocess_mode="mostrecent",
            registry=of,
        )
        self.audited = Gauge(
            "tiyin_audit_timestamp_seconds",
            "When the last audit ended, in Unix time.",
            multiprocess_mode="mostrecent",
            registry=of,
        )
        self.webhooks = WebhookMetrics(of)
        self._calls: dict[tuple[str, str, str], CounterTally] = {}
        self._seconds: dict[tuple[str, str], HistogramTally] = {}
        self._rendering: asyncio.Task[bytes] | None = None

    def answered(self, interface: str, method: str, code: str, seconds: float) -> None:
        """Count one call."""
        known = method if interface == "api" or method in METHODS else OTHER
        calls = self._calls.get((interface, known, code))
        if calls is None:
            calls = self._calls[interface, known, code] = self.tally(self.requests.labels(interface, known, code))
        calls.count += 1
        histogram = self._seconds.get((interface, known))
        if histogram is None:
            histogram = HistogramTally(self.seconds.labels(interface, known), SECONDS)
            self._seconds[interface, known] = histogram
            self._tallies.append(histogram)
        histogram.observe(seconds)

    def tally(self, counter: Counter) -> CounterTally:
        """Make a tally of a metric without labels, or with all of them."""
        tally = CounterTally(counter)
        self._tallies.append(tally)
        return tally

    def flush(self) -> None:
        """Hand over what was tallied: what is not read through this object does not have it before."""
        for tally in self._tallies:
            tally.flush()

    @asynccontextmanager
    async def flushing(self) -> AsyncIterator[None]:
        """Where other processes read the metrics, flush the tallies all the time, and in the end."""
        if not IN_FILES:
            yield
            return
        task = asyncio.create_task(self._flush_again_and_again(), name="metrics")
        try:
            yield
        finally:
            task.cancel()
            self.flush()

    async def _flush_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.flush()

    def page(self) -> bytes:
        """Render all metrics in Prometheus' text format; with several processes, theirs added up."""
        if not IN_FILES:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    async def shared_page(self) -> bytes:
        """Render it once for all who ask meanwhile: anybody may, and often. One who goes leaves it to the others."""
        if self._rendering is None or self._rendering.done():
            self.flush()
            # With several processes it reads files.
            self._rendering = asyncio.create_task(asyncio.to_thread(self.page))
        return await asyncio.shield(self._rendering)


METRICS: Final = web.AppKey("metrics", Metrics)


def setup(app: web.Application, metrics: Metrics) -> None:
    app[METRICS] = metrics
    app.router.add_get("/metrics", show)


async def show(request: web.Request) -> web.Response:
    page = await request.app[METRICS].shared_page()
    return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})
