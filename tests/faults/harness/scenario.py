"""A scenario for trouble: honest traffic at a gateway, and what must hold while it lasts and afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
from sqlalchemy.engine import make_url

from core.clock import wall_clock
from core.connection_pools import (
    DELIVERY_CONNECTIONS,
    JOURNAL_CONNECTIONS,
    PAYMENT_CONNECTIONS,
    READINESS_CONNECTIONS,
    REPORT_CONNECTIONS,
)
from schema.values import to_ms
from tests.faults.harness.bounds import RECOVERY_SECONDS
from tests.faults.harness.connection import connect
from tests.faults.harness.gateway import Gateway, Program
from tests.faults.harness.history import History
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import Parties, Traffic, traffic, until_certain
from tests.gateway.conftest import Metrics, read_metrics
from tests.long_timeouts import WAIT_SECONDS

PAYERS: Final = 8
WARM_UP_LIVES: Final = 20
MOST_CONNECTIONS: Final = sum(
    (PAYMENT_CONNECTIONS, REPORT_CONNECTIONS, READINESS_CONNECTIONS, DELIVERY_CONNECTIONS, JOURNAL_CONNECTIONS)
)
"""Of one gateway."""

QUIET_MAX_SECONDS: Final = 30.0
"""What the database may take to notice that a connection is gone, and to end what was under way on it."""

_numbers = count(1)


def database_errors(metrics: Metrics) -> dict[str, int]:
    """By kind."""
    return {key[1]: int(number) for key, number in metrics.items() if key[0] == "tiyin_database_errors_total"}


class Run:
    """One gateway under traffic."""

    def __init__(self, gateway: Gateway, parties: Parties, busy: Traffic) -> None:
        self.gateway, self.parties, self.busy = gateway, parties, busy
        self.quiet = 0.0
        """Seconds that a whole life took before the trouble, under the same traffic."""

    async def lives(self) -> float:
        """Somebody comes now, opens an order and pays it, asking again where that is needed. Seconds that it took."""
        number = next(_numbers)
        account, payment, parties = f"somebody-{number}", f"f{number:023x}", self.parties
        began = asyncio.get_running_loop().time()
        assert (await until_certain(lambda: parties.opens(account))).done
        moment = to_ms(wall_clock())
        assert (await until_certain(lambda: parties.creates(payment, account, moment))).done
        assert (await until_certain(lambda: parties.performs(payment))).done
        return asyncio.get_running_loop().time() - began

    async def goes_on(self, lives: int = WARM_UP_LIVES) -> None:
        """Until so many more payers of the traffic are through."""
        await self.busy.goes_on(lives)

    async def recovers(self) -> float:
        """The trouble is over now: a new payer is served in time. Returns the seconds that it took."""
        took = await self.lives()
        print(f"recovered after {took:.2f} s; a quiet life: {self.quiet:.2f} s")  # noqa: T201 - figures for the reader
        assert took <= RECOVERY_SECONDS, (took, self.quiet)
        await self.goes_on()
        return took

    async def database_errors(self, http: aiohttp.ClientSession) -> dict[str, int]:
        """By kind, as the gateway's metrics count them."""
        return database_errors(await self.metrics(http))

    async def has_database_error(self, http: aiohttp.ClientSession, kind: str) -> None:
        """Return as soon as an error of this kind was counted."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not (await self.database_errors(http)).get(kind):
                await asyncio.sleep(0.1)

    async def says(self, event: str) -> None:
        """Return as soon as the gateway has logged it."""
        await self.gateway.says(event)

    async def metrics(self, http: aiohttp.ClientSession) -> Metrics:
        return await read_metrics(http, f"{self.gateway.url}/metrics")


class Scenario:
    """Puts a gateway under traffic, and checks everything in the end."""

    def __init__(
        self,
        program: Program,
        http: aiohttp.ClientSession,
        parties: Callable[[str], Parties],
        history: History,
        database_url: str,
        seed: int,
    ) -> None:
        self.program, self.http, self.parties, self.history = program, http, parties, history
        self.database_url, self.seed = database_url, seed
        self.database = make_url(database_url).database
        self.clock: Callable[[], datetime] = wall_clock
        """The gateway's, for a look at lifetimes in the end."""

    @asynccontextmanager
    async def under_traffic(
        self,
        near_end: str | None = None,
        *,
        payers: int = PAYERS,
        errors_logged: bool = False,
        log: Path | None = None,
        **environ: str,
    ) -> AsyncIterator[Run]:
        """At the end everybody finishes what was begun, and everything is compared with the database.

        `near_end`: the database's address in the gateway's settings. `errors_logged`: the case means the operator to be
        called. `log`: where the gateway writes its lines; otherwise into a file of its own.
        """
        async with self.program.serving(self.http, near_end or self.database_url, log=log, **environ) as gateway:
            parties = self.parties(gateway.url)
            async with traffic(parties, payers, self.seed) as busy:
                run = Run(gateway, parties, busy)
                await run.goes_on()
                run.quiet = max([await run.lives() for _ in range(3)])
                yield run
            print(f"{dict(self.history.counted())}; database errors: {await run.database_errors(self.http)}")  # noqa: T201
            await self._check(run, errors_logged=errors_logged or log is not None)

    async def _check(self, run: Run, *, errors_logged: bool) -> None:
        assert run.gateway.alive
        assert not [call for call in self.history.calls if call.word is None], "a caller got no answer at all"
        await self.history.agrees_with(self.database_url)
        await assert_invariants_hold(self.database_url, self.clock())
        assert "bug" not in await run.database_errors(self.http)
        if not errors_logged:
            complaints = [line for line in run.gateway.lines() if line["level"] in ("error", "critical")]
            assert not complaints, complaints
        await self.is_quiet()

    async def is_quiet(self) -> None:
        """Nothing is under way in the database any more, and the pools have not grown."""
        end = asyncio.get_running_loop().time() + QUIET_MAX_SECONDS
        rows = await self.backends()
        while any(row["state"] != "idle" for row in rows):
            assert asyncio.get_running_loop().time() < end, rows
            await asyncio.sleep(0.05)
            rows = await self.backends()
        assert len(rows) <= MOST_CONNECTIONS, rows

    async def backends(self) -> list[Any]:
        """The connections of others than the caller to the test's database."""
        return await self.asks(
            "SELECT pid, state, wait_event_type, query FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    async def lock_waits(self, count: int) -> None:
        """Return as soon as so many connections wait for a lock."""
        async with asyncio.timeout(WAIT_SECONDS):
            while sum(row["wait_event_type"] == "Lock" for row in await self.backends()) < count:
                await asyncio.sleep(0.01)

    async def waits_for(self, other_client: "asyncpg.Connection[Any]") -> None:
        """Return as soon as somebody waits for what this client has locked."""
        pid = other_client.get_server_pid()
        async with asyncio.timeout(WAIT_SECONDS):
            while not await self.asks("SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))", pid):
                await asyncio.sleep(0.01)

    async def asks(self, statement: str, *values: Any) -> list[Any]:
        async with self.other_client() as connection:
            return list(await connection.fetch(statement, *values))

    @asynccontextmanager
    async def other_client(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """Somebody else at the same database."""
        connection = await connect(self.database_url)
        try:
            yield connection
        finally:
            connection.terminate()
