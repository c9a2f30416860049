"""Two gateways, two processes, one database, and callers that call at the same moment.

Nothing here may need the second guard: while callers race for orders that exist, no save finds a row other than it was
read. That is what catches a missing lock, which the compare-and-set and the unique indexes would cover up.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from typing import Any

import pytest

from core.connection_pools import pools
from core.facade import Core
from core.jobs.expiry_sweeper import ExpirySweeper
from core.observer import NullObserver
from schema.values import to_ms
from tests.faults.concurrency.calls import AT_ONCE, PRICE, creation, payme_id
from tests.faults.concurrency.races import (
    READ,
    Attempt,
    Histories,
    History,
    Outcomes,
    Rivals,
    assert_one_of,
    heard_by,
    prepared,
)
from tests.faults.harness.concurrent_callers import ConcurrentCallers, api, callers_at
from tests.faults.harness.connection import connect
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.scenario import database_errors as errors_in
from tests.gateway.conftest import read_metrics

Unneeded = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(autouse=True)
async def sound(database_url, shared_clock) -> AsyncIterator[None]:
    """Whatever the race, the invariants hold afterwards."""
    yield
    await assert_invariants_hold(database_url, shared_clock.now())


@pytest.fixture
def periods() -> dict[str, str]:
    """Settings of the gateways, where a module's races need others."""
    return {}


@pytest.fixture
async def urls(http, program, database_url, shared_clock, periods) -> AsyncIterator[list[str]]:
    """Of two gateways."""
    names = {"TIYIN_TEST_CLOCK": str(shared_clock.path)} | periods
    async with program.serving(http, database_url, **names) as one, program.serving(http, database_url, **names) as two:
        yield [one.url, two.url]


@pytest.fixture
async def callers(urls) -> AsyncIterator[ConcurrentCallers]:
    async with callers_at(urls, AT_ONCE) as callers:
        yield callers


@pytest.fixture
async def reads(database_url) -> AsyncIterator[Callable[[str], Awaitable[list[tuple]]]]:
    """Rows of the database."""
    connection = await connect(database_url)

    async def read(statement: str) -> list[tuple]:
        return [tuple(row) for row in await connection.fetch(statement)]

    yield read
    await connection.close()


class Beside(NullObserver):
    """Counts the database errors of a core that runs beside the gateways."""

    def __init__(self) -> None:
        self.errors: Counter[str] = Counter()

    def database_error(self, kind: str) -> None:
        self.errors[kind] += 1


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
async def sweeper(database_url, shared_clock, beside) -> AsyncIterator[ExpirySweeper]:
    """A third process's, so to say: of a core of its own on the same database."""
    async with pools(database_url) as (payments, reports):
        core = Core(payments, reports, clock=shared_clock, database_clock=shared_clock.of_database, observer=beside)
        yield core.sweeper
        await core.close()


@pytest.fixture
def database_errors(http, urls, beside) -> Callable[[], Awaitable[Counter[str]]]:
    """All that were counted, by kind."""

    async def count_them() -> Counter[str]:
        counted = Counter(beside.errors)
        for url in urls:
            counted.update(errors_in(await read_metrics(http, f"{url}/metrics")))
        return counted

    return count_them


@pytest.fixture
def second_guard_unneeded(database_errors) -> Unneeded:
    """For as long as the context lasts, no gateway lost a race."""

    @asynccontextmanager
    async def unneeded() -> AsyncIterator[None]:
        before = await database_errors()
        yield
        lost = (await database_errors())["lost_race"] - before["lost_race"]
        assert not lost, f"{lost} times a row was not as it was read, although its order was locked"

    return unneeded


@pytest.fixture
def opened(callers) -> Callable[..., Awaitable[list[str]]]:
    """New orders."""
    numbers = count(1)

    async def opens(many: int, **more: Any) -> list[str]:
        accounts = [str(next(numbers)) for _ in range(many)]
        for start in range(0, many, AT_ONCE):
            orders = ({"account": a, "amount": PRICE} | more for a in accounts[start : start + AT_ONCE])
            said = [api("/orders", order) for order in orders]
            assert {reply.status for reply in await callers.send(said)} == {201}
        return accounts

    return opens


@pytest.fixture
def histories(reads) -> Histories:
    async def read() -> dict[str, History]:
        return {account: tuple(history) for account, *history in await reads(READ)}

    return read


@pytest.fixture
def race(callers, histories, second_guard_unneeded) -> Callable[[Sequence[Attempt], Rivals, Outcomes], Awaitable[None]]:
    """Rivals for one order after another: what each may hear, and what then stands."""

    async def run(attempts: Sequence[Attempt], rivals: Rivals, outcomes: Outcomes) -> None:
        async with second_guard_unneeded():
            heard = await heard_by(callers, attempts, rivals)
        assert_one_of(outcomes, heard, await histories())

    return run


@pytest.fixture
async def begun(callers, opened) -> list[Attempt]:
    """Attempts of Click's whose reservation still holds their orders."""
    return await prepared(callers, await opened(AT_ONCE))


@pytest.fixture
async def late(begun, shared_clock, sweeper) -> list[Attempt]:
    """Attempts of Click's that the sweeper has ended."""
    shared_clock.advance(hours=1, milliseconds=1)
    await sweeper.sweep()
    return begun


@pytest.fixture
async def created(callers, opened, now) -> list[Attempt]:
    """Payments through Payme that hold their orders."""
    accounts = await opened(AT_ONCE)
    replies = await callers.send([creation(payme_id(int(account)), now, account) for account in accounts])
    assert {reply.word for reply in replies} == {1}
    return [(a, int(a), int(reply.json["result"]["transaction"])) for a, reply in zip(accounts, replies, strict=True)]


@pytest.fixture
def now(shared_clock) -> int:
    return to_ms(shared_clock.now())
