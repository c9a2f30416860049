"""The worker sends deliveries: it claims what is due, makes an attempt with each, and settles what came of them."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core import LEASE, Claim, DeliveryQueue, Destination, Result, Settled, db_error_of
from outbound.bell import Bell
from outbound.webhooks.attempt_log import log_attempt, log_settled
from outbound.webhooks.attempt_result import result_of
from outbound.webhooks.database_waits import DatabaseWaits, Waiting
from outbound.webhooks.observer import DeliveryObserver
from outbound.webhooks.places import PLACES, DeliveryPlaces
from outbound.webhooks.sending import WebhookSender
from schema.webhooks import AttemptOutcome

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
"""For what nobody rings the bell for: retries, other processes' payments, endpoints that are back."""

CLAIM_PAUSE_SECONDS: Final = 0.005
"""Between two claims at least: payments that are committed meanwhile come with the next."""

RETRY_SECONDS: Final = 1.0
"""After an error of the database."""

COMMITS_KNOWN_SECONDS: Final = LEASE.total_seconds() / 2
"""For so long after a claim is it known that claims are committed. Less than a lease: no delivery is lost twice."""

SETTLE_BATCH: Final = 256

SETTLE_PAUSE_SECONDS: Final = 0.003
"""Before each settling: what ends meanwhile is settled with it, and its places are claimed for together."""

SEND_BY: Final = LEASE - timedelta(seconds=20)
"""After the claim. A process that stood still for longer sends nothing any more: another may have sent it since."""

STOP_SECONDS: Final = 5.0
"""For what is in flight when the worker stops; the rest is sent again by another, a lease later."""


class _Unsettled(NamedTuple):
    result: Result
    claimed_at: float
    """By the event loop's clock."""


class WebhookWorker:
    """One of any number, in this process and in others."""

    def __init__(
        self,
        queue: DeliveryQueue,
        sender: WebhookSender,
        secrets_of: Callable[[Destination, datetime], Sequence[bytes]],
        bell: Bell,
        observer: DeliveryObserver,
        places: Callable[[], int] = lambda: PLACES,
        poll_seconds: Callable[[], float] = lambda: POLL_SECONDS,
    ) -> None:
        """`secrets_of`: what a delivery is signed with at a moment. `places`: how many may be in flight now."""
        self._queue = queue
        self._sender = sender
        self._secrets_of = secrets_of
        self._bell = bell
        self._look = Bell()
        self._observer = observer
        self._places_now = places
        self._poll_seconds = poll_seconds
        self._places = DeliveryPlaces()
        self._attempts: set[asyncio.Task[None]] = set()
        self._unsettled: deque[_Unsettled] = deque()
        self._unanswered: list[Claim] = []
        self._settle_wanted = asyncio.Event()
        self._is_stopping = False
        self._database = DatabaseWaits()
        self._looked_at = -math.inf
        self._committed_at = -math.inf

    async def run(self) -> None:
        """Work until `stop` is called."""
        settling = asyncio.create_task(self._settle_all(), name="settling of deliveries")
        try:
            await self._claim_all()
            if self._attempts:
                await asyncio.wait(self._attempts, timeout=STOP_SECONDS)
        finally:
            for task in list(self._attempts):
                task.cancel()
            settling.cancel()
            await asyncio.wait({settling, *self._attempts})
            await self._settle_last()

    def stop(self) -> None:
        """Claim nothing more; `run` ends when what is in flight is settled, or soon after."""
        self._is_stopping = True
        self._look.ring()
        self._bell.ring()

    def look_again(self) -> None:
        """Look at once for new endpoints, and for what is due."""
        self._looked_at = -math.inf
        self._look.ring()
        self._bell.ring()

    async def _claim_all(self) -> None:
        loop = asyncio.get_running_loop()
        has_endpoints = False
        while not self._is_stopping:
            began, has_more = loop.time(), False
            try:
                if began - self._looked_at >= POLL_SECONDS:
                    self._looked_at = began
                    has_endpoints = await self._queue.has_endpoints()
                    if has_endpoints:
                        await self._queue.resume()
                if has_endpoints and not self._database.refuses_results:
                    await self._require_commits()
                    has_more = await self._claim()
                self._database.succeeded(Waiting.CLAIMS)
            except Exception as error:
                self._database.failed(Waiting.CLAIMS, error)
                await self._bell.wait(RETRY_SECONDS)
                continue
            if not has_endpoints:
                await self._look.wait(POLL_SECONDS)  # no payment is of interest
            elif not has_more:
                await self._bell.wait(self._poll_seconds())
            await asyncio.sleep(began + CLAIM_PAUSE_SECONDS - loop.time())

    async def _require_commits(self) -> None:
        """While a standby is away nothing is claimed: nobody would hear of it."""
        now = asyncio.get_running_loop().time()
        if self._database.is_away or now - self._committed_at > COMMITS_KNOWN_SECONDS:
            await self._queue.require_commits()
            self._committed_at = now

    async def _claim(self) -> bool:
        """Claim what there is room for, and send it. Returns whether there may be more before one is settled."""
        loop = asyncio.get_running_loop()
        room = self._places.room(loop.time(), self._places_now())
        if room.most <= 0:
            return False
        claimed_at = loop.time()
        claimed = await self._queue.claim(room)
        self._committed_at = claimed_at if claimed.claims else self._committed_at
        for claim in claimed.claims:
            self._places.take(claim)
            task = asyncio.create_task(self._attempt(claim, claimed_at))
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)
        if claimed.dead:
            self._observer.settled(Settled(zombies=0, dead=claimed.dead, opened=(), disabled=()))
            log.error("webhook deliveries dead", extra={"reason": "kills_workers", "deliveries": claimed.dead})
        return len(claimed.claims) + claimed.dead >= room.most

    async def _attempt(self, claim: Claim, claimed_at: float) -> None:
        loop, endpoint_id = asyncio.get_running_loop(), claim.destination.endpoint_id
        began = loop.time()
        if began - claimed_at > SEND_BY.total_seconds():
            return self._free(claim)
        at = claim.now + timedelta(seconds=began - claimed_at)
        try:
            attempt = await self._sender.send(
                claim.destination.url,
                f"evt_{claim.event_id}",
                int(at.timestamp()),
                claim.body,
                self._secrets_of(claim.destination, at),
                claim.correlation_id,
            )
        except Exception as error:
            log.error("webhook worker failed", exc_info=error)
            return await self._give_back(claim)
        except BaseException:  # the worker stops
            self._free(claim)
            self._unanswered.append(claim)
            raise
        if attempt.outcome is AttemptOutcome.RECEIVED:
            self._places.succeeded(endpoint_id, loop.time())
        else:
            self._places.failed(endpoint_id)
        is_first = claim.fence == 1
        self._observer.attempted(claim, attempt, (at - claim.at).total_seconds() if is_first else None)
        log_attempt(claim, attempt)
        self._unsettled.append(_Unsettled(result_of(claim, attempt, at), claimed_at))
        self._settle_wanted.set()
        return None

    async def _give_back(self, claim: Claim) -> None:
        try:
            await self._queue.give_back(claim)
        except Exception as error:
            self._database.failed(Waiting.CLAIMS, error)
        finally:
            self._free(claim)

    def _free(self, claim: Claim) -> None:
        self._places.release(claim)
        self._bell.ring()

    async def _settle_all(self) -> None:
        """Settle what has ended, all together that has ended while the last were settled."""
        while True:
            await self._settle_wanted.wait()
            self._settle_wanted.clear()
            while self._unsettled:
                await asyncio.sleep(SETTLE_PAUSE_SECONDS)
                try:
                    await self._settle()
                except Exception as error:
                    self._database.failed(Waiting.RESULTS, error)
                    if db_error_of(error).bug:
                        self._drop_lost()
                    await asyncio.sleep(RETRY_SECONDS)

    async def _settle(self) -> None:
        batch = list(self._unsettled)[:SETTLE_BATCH]
        settled = await self._queue.settle([unsettled.result for unsettled in batch])
        self._database.succeeded(Waiting.RESULTS)
        for unsettled in batch:
            self._unsettled.popleft()
            self._free(unsettled.result.claim)
        self._observer.settled(settled)
        log_settled(settled)

    def _drop_lost(self) -> None:
        """Leave to their leases what a bug keeps from being settled within them: it is sent again."""
        now = asyncio.get_running_loop().time()
        while self._unsettled and now - self._unsettled[0].claimed_at > LEASE.total_seconds():
            self._free(self._unsettled.popleft().result.claim)

    async def _settle_last(self) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while self._unsettled:
                    await self._settle()
                while self._unanswered:  # left to its lease it would be a loss, as if it had killed us
                    await self._queue.give_back(self._unanswered.pop(), LEASE)
        except Exception as error:
            self._database.failed(Waiting.RESULTS, error)
