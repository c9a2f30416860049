"""Outbound puts together what sends events to shops, and runs it beside whatever else the process does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import (
    LONG_OVERLAP,
    Clock,
    Core,
    DeliveryQueue,
    EndpointRef,
    Endpoints,
    MissingDeliveries,
    Notifier,
    Replays,
    WantedEndpoint,
    in_words,
    of_database,
    queue_state,
    wall_clock,
)
from gateway.config.settings import Settings
from gateway.config.webhook_settings import WebhookSettings
from gateway.jobs.periodic import Periodic, running
from gateway.observability.masking import without_cards
from gateway.observability.webhook_metrics import WebhookMetrics
from gateway.webhook_secrets import WebhookSecrets, settings_endpoints
from outbound.bell import Bell
from outbound.webhooks.places import BUSY_PLACES, PLACES
from outbound.webhooks.sending import WebhookSender
from outbound.webhooks.worker import POLL_SECONDS, WebhookWorker
from schema.releases import this_release

log = logging.getLogger(__name__)

FILL_IN_PERIOD_SECONDS: Final = 60.0
"""What an older release beside this one has left out comes that much later."""

LONG_FILL_IN_PERIOD_SECONDS: Final = 3600.0

STATE_PERIOD_SECONDS: Final = 30.0

REPLAY_PERIOD_SECONDS: Final = 2.0
"""Between two looks whether somebody has asked for one: a statement that finds nothing by its index."""

FOLLOW_PERIOD_SECONDS: Final = 300.0
"""The settings' endpoints are put into the table at the start; again, in case the database was away then."""

POLL_WITHOUT_NOTICES_SECONDS: Final = 0.25

WAITING_COMMANDS_MAX: Final = 64
"""Of payments, in this process; while there are more, fewer events are sent."""

RESTART_SECONDS: Final = 5.0
"""After a bug has ended the worker."""

STOP_MAX_SECONDS: Final = 10.0

Now = Callable[[], datetime | None]


def delivery_clock(clock: Clock) -> Now:
    """Return the clock that deliveries go by: the database's, unless the caller has another than the machine's."""
    return of_database if clock is wall_clock else clock


class Outbound:
    """Sends events, or has them sent by a worker elsewhere, as OUTBOUND says."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        secrets: WebhookSecrets,
        metrics: WebhookMetrics,
        now: Now,
        core: Core,
    ) -> None:
        """`now`: the clock of deliveries, as `core.DeliveryQueue` takes it."""
        self._settings = settings
        self._engine = engine
        self._secrets = secrets
        self._metrics = metrics
        self._now = now
        self._core = core
        self._bell = Bell()
        self._notifier = Notifier(engine)
        self.endpoints = Endpoints(engine, now)
        self._missing = MissingDeliveries(engine, now)
        self._replays = Replays(engine, now)
        self._is_stopping = False
        self._worker: WebhookWorker | None = None
        self.ring: Callable[[], None] = {
            "here": self._bell.ring,
            "worker": self._notifier.ring,
            "off": lambda: None,
        }[settings.outbound]
        """Say that there may be something to send."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Do beside the calls what OUTBOUND says."""
        if self._settings.outbound == "off":
            yield
            return
        await self._follow_settings_first()
        async with running([self._follow_job()]):
            if self._settings.outbound == "here":
                async with self.sending():
                    yield
            else:
                async with running([Periodic(name="notices", period_seconds=0.0, run_once=self._notifier.run_once)]):
                    yield

    @asynccontextmanager
    async def working(self, poll_seconds: Callable[[], float]) -> AsyncIterator[None]:
        """Do what a worker does, whatever OUTBOUND says of those who serve."""
        await self._follow_settings_first()
        async with running([self._follow_job()]), self.sending(poll_seconds):
            yield

    @asynccontextmanager
    async def sending(self, poll_seconds: Callable[[], float] = lambda: POLL_SECONDS) -> AsyncIterator[None]:
        """Send what is due, until the context ends; what is in flight then has some seconds to end."""
        async with self.sender() as sender:
            worker = WebhookWorker(
                DeliveryQueue(self._engine, self._now), sender, self._secrets.of, self._bell, self._metrics,
                self._places, poll_seconds,
            )  # fmt: skip
            self._worker = worker
            work = asyncio.create_task(self._work(worker), name="webhook worker")
            try:
                async with running(self._jobs()):
                    yield
            finally:
                self._is_stopping = True
                worker.stop()
                await asyncio.wait({work}, timeout=STOP_MAX_SECONDS)
                work.cancel()
                await asyncio.wait({work})

    def sender(self) -> WebhookSender:
        """Make what makes single attempts; an async context."""
        networks, ca_file = self._settings.webhook_allowed_networks, self._settings.webhook_ca_file
        return WebhookSender(networks, ca_file, without_cards, f"tiyin/{this_release()}")

    def hear(self) -> None:
        """Look for what is due, after a notice."""
        self._bell.ring()

    def wake(self) -> None:
        """Look at once for new endpoints and for what is due, here or where a worker is."""
        if self._worker is not None:
            self._worker.look_again()
        else:
            self.ring()

    async def follow_settings(self) -> None:
        """Put the settings' endpoints into the table."""
        await self.endpoints.follow_settings(
            _wanted(ref, webhook, self._secrets) for ref, webhook in settings_endpoints(self._settings).items()
        )

    def _places(self) -> int:
        """Payments come first; and from a restored copy nothing is sent until it is in use."""
        if not self._core.restores.may_answer:
            return 0
        return BUSY_PLACES if self._core.waiting_commands > WAITING_COMMANDS_MAX else PLACES

    async def _follow_settings_first(self) -> None:
        try:
            await self.follow_settings()
        except Exception as error:
            reason = in_words(error)
            if reason is None:
                raise
            log.warning("webhook endpoints not read", extra={"reason": reason})

    async def _work(self, worker: WebhookWorker) -> None:
        while not self._is_stopping:
            try:
                await worker.run()
            except Exception:
                log.exception("webhook worker ended")
                await asyncio.sleep(RESTART_SECONDS)

    def _follow_job(self) -> Periodic:
        return Periodic(
            name="webhook endpoints of the settings",
            period_seconds=FOLLOW_PERIOD_SECONDS,
            run_once=self.follow_settings,
        )

    def _jobs(self) -> list[Periodic]:
        return [
            Periodic(
                name="missing deliveries",
                period_seconds=FILL_IN_PERIOD_SECONDS,
                run_once=self.fill_in,
                first_delay_seconds=0.0,
            ),
            Periodic(
                name="missing deliveries of hours",
                period_seconds=LONG_FILL_IN_PERIOD_SECONDS,
                run_once=partial(self._missing.fill_in, LONG_OVERLAP),
            ),
            Periodic(
                name="webhook replays",
                period_seconds=REPLAY_PERIOD_SECONDS,
                run_once=self._replay,
                first_delay_seconds=0.0,
            ),
            Periodic(
                name="webhook queue",
                period_seconds=STATE_PERIOD_SECONDS,
                run_once=self.show_state,
                first_delay_seconds=1.0,
            ),
        ]

    async def fill_in(self) -> None:
        """Make deliveries of events that have none, and send them."""
        if filled_in := await self._missing.fill_in():
            log.warning("missing deliveries made", extra={"deliveries": filled_in})
            self.wake()

    async def _replay(self) -> None:
        if await self._replays.run():
            self.wake()

    async def show_state(self) -> None:
        """Show in the metrics what waits."""
        self._metrics.waiting(await queue_state(self._engine, self._now))


def _wanted(ref: EndpointRef, webhook: WebhookSettings, secrets: WebhookSecrets) -> WantedEndpoint:
    key_print = secrets.fingerprint if webhook.secret is None else None
    return WantedEndpoint(ref, webhook.url, webhook.events, key_print)
