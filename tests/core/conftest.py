"""The core without interfaces, on the real database: for what an interface cannot show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.connection_pools import pools
from core.domain.commands import Attempt, Create, Details, ExternalPaymentRef, OpenOrder, OrderRef, Perform
from core.domain.records import Transition
from core.domain.refusals import Refusal
from core.facade import Core
from schema.values import OrderKind, Provider, Tiyin
from tests.clock import Clock
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS
from tests.wire import Wire

AMOUNT = Tiyin(500_00)


@dataclass
class RecordingObserver:
    """An observer that remembers."""

    batches: list[int] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    database_errors: list[str] = field(default_factory=list)
    overloads: int = 0
    sweep_holds: list[str | None] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    skews: list[timedelta] = field(default_factory=list)

    def batch(self, size: int, seconds: float) -> None:
        self.batches.append(size)

    def queued(self, depth: int) -> None:
        self.depths.append(depth)

    def committed(self, transitions: Sequence[tuple[Transition, str]]) -> None:
        self.transitions += [transition for transition, _ in transitions]

    def refused(self, refusal: Refusal, shop: str) -> None:
        self.refusals.append(refusal)

    def database_error(self, kind: str) -> None:
        self.database_errors.append(kind)

    def overloaded(self) -> None:
        self.overloads += 1

    def sweep_held(self, hold: str | None) -> None:
        self.sweep_holds.append(hold)

    def clock_compared(self, skew: timedelta) -> None:
        self.skews.append(skew)


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
def long_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what ends by other timeouts, in less than a caller's deadline, but not by much on a slow machine."""
    monkeypatch.setattr("core.commit.scheduler.DEADLINE_SECONDS", LONG_SECONDS)


async def lock_waits(database: AsyncEngine, count: int) -> None:
    """Return as soon as so many sessions wait for a lock."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with asyncio.timeout(WAIT_SECONDS), database.connect() as connection:
        while await connection.scalar(waiting) < count:
            await asyncio.sleep(0.01)


@pytest.fixture
async def wired_core(
    wire: tuple[Wire, str], clock: Clock, observer: RecordingObserver, timeouts: None
) -> AsyncIterator[Core]:
    """A core whose connections go through the wire."""
    async with pools(wire[1]) as (payments, reports):
        core = Core(payments, reports, clock=clock, database_clock=clock.of_database, observer=observer)
        yield core
        await core.close()


@pytest.fixture
def opens(wired_core: Core) -> Callable[..., Awaitable[OrderRef]]:
    async def open_order(account: str, kind: OrderKind = OrderKind.ONE_TIME) -> OrderRef:
        where = OrderRef("main", account)
        await wired_core.do(opening(where, kind))
        return where

    return open_order


def opening(where: OrderRef, kind: OrderKind = OrderKind.ONE_TIME) -> OpenOrder:
    amount = AMOUNT if kind is OrderKind.ONE_TIME else None
    return OpenOrder(where, kind, amount, None, None, None, Details())


def creation(where: OrderRef, name: str, clock: Clock) -> Create:
    return Create(payme_ref(name), where, AMOUNT, clock(), {"order_id": where.account})


def attempt(where: OrderRef, number: int) -> Attempt:
    """Of Click's payment with this number."""
    ref = ExternalPaymentRef("main", Provider.CLICK, f"54321:{number}:{where.account}")
    return Attempt(ref, where, AMOUNT, payment_number=number, declined_reason=None, account_received={})


def performance(name: str) -> Perform:
    return Perform(payme_ref(name), Provider.PAYME)


def payme_ref(name: str) -> ExternalPaymentRef:
    return ExternalPaymentRef("main", Provider.PAYME, name)
