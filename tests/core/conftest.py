"""The core without doors, on the real database: for what a door cannot show."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.engine import pools
from core.domain.commands import Account, Attempt, Create, Details, OpenOrder, Perform, Theirs
from core.domain.refusals import Refusal
from core.domain.unit_of_work import Move
from core.facade import Core
from schema.values import OrderKind, Provider, Tiyin
from tests.clock import Clock
from tests.wire import Wire, wire_to

AMOUNT = Tiyin(500_00)


@dataclass
class Watcher:
    """An observer that remembers."""

    batches: list[int] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)

    def batch(self, size: int, seconds: float) -> None:
        self.batches.append(size)

    def queued(self, depth: int) -> None:
        self.depths.append(depth)

    def moved(self, moves: Sequence[tuple[Move, str]]) -> None:
        self.moves += [move for move, _ in moves]

    def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def trouble(self, kind: str) -> None:
        self.troubles.append(kind)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
async def wire(database: AsyncEngine, database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    async with wire_to(database_url) as near_end:
        yield near_end


@pytest.fixture
def cable(wire: tuple[Wire, str]) -> Wire:
    return wire[0]


@pytest.fixture
async def desk(wire: tuple[Wire, str], clock: Clock, watcher: Watcher) -> AsyncIterator[Core]:
    """A core at the near end of the wire."""
    async with pools(wire[1]) as (payments, reports):
        core = Core(payments, reports, clock=clock, observer=watcher)
        yield core
        await core.close()


@pytest.fixture
def opens(desk: Core) -> Callable[..., Awaitable[Account]]:
    async def open_order(account: str, kind: OrderKind = OrderKind.ONE_TIME) -> Account:
        where = Account("main", account)
        await desk.do(opening(where, kind))
        return where

    return open_order


def opening(where: Account, kind: OrderKind = OrderKind.ONE_TIME) -> OpenOrder:
    amount = AMOUNT if kind is OrderKind.ONE_TIME else None
    return OpenOrder(where, kind, amount, None, None, None, Details())


def creation(where: Account, name: str, clock: Clock) -> Create:
    return Create(theirs(name), where, AMOUNT, clock(), {"order_id": where.account})


def attempt(where: Account, number: int) -> Attempt:
    """Of Click's payment with this number."""
    key = Theirs("main", Provider.CLICK, f"54321:{number}:{where.account}")
    return Attempt(key, where, AMOUNT, same_payment=number, declined=False, account_received={})


def performance(name: str) -> Perform:
    return Perform(theirs(name), Provider.PAYME)


def theirs(name: str) -> Theirs:
    return Theirs("main", Provider.PAYME, name)
