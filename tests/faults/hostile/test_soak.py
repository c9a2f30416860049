"""Honest payers beside every kind of stranger, for a while: half an hour in `make faults-long`, seconds otherwise."""

import asyncio
import itertools
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from time import monotonic

import aiohttp
import pytest

from core.clock import wall_clock
from gateway.server.descriptors import RESERVE
from gateway.server.places import UNPROVEN_MAX
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.connection import connect
from tests.faults.harness.history import Call, History
from tests.faults.harness.traffic import Parties
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.http_client import Connection, Request
from tests.faults.hostile.process import MEBIBYTE, Gateway, running
from tests.faults.hostile.world import CLICK, ORDERS, PAYME
from tests.hostile_bytes import KINDS

SECONDS = float(os.environ.get("TIYIN_SOAK_SECONDS", "20"))
IS_LONG = SECONDS >= 600
"""Long enough for its figures to say something of the pace."""
LIVES_A_SECOND = 50 if IS_LONG else 10
STRANGERS_A_SECOND = 40
SILENT_SECONDS = 3.0

MEMORY_MAX = 250 * MEBIBYTE
MEMORY_GROWTH_MAX = 20 * MEBIBYTE
"""From the second quarter of the time to the last."""
DESCRIPTORS_MAX = UNPROVEN_MAX + 200 + RESERVE
DESCRIPTORS_LEFT_MAX = 40
"""More than before, once the strangers are gone: pools and payers' connections."""
P99_MAX = 3.0
"""Times its quiet value."""

DAY_SECONDS = 86_400
BUDGET_BYTES = 64 * MEBIBYTE
"""Of a day, of which an eighth may go at once."""
BESIDE_BYTES = 4 * MEBIBYTE
"""Pages of the database that are filled in part, and lines of the log that nobody's calls caused."""


class Payers:
    """So many come every second, each with an order of their own; nobody waits for another."""

    def __init__(self, parties: Parties) -> None:
        self.parties = parties
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def coming(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        payers = asyncio.create_task(self._come(stop))
        yield
        stop.set()
        await payers

    async def _come(self, stop: asyncio.Event) -> None:
        due = monotonic()
        async with asyncio.TaskGroup() as lives:
            while not stop.is_set():
                lives.create_task(self._life(next(self._numbers)))
                due += 1 / LIVES_A_SECOND
                await asyncio.sleep(max(0.0, due - monotonic()))

    async def _life(self, number: int) -> None:
        account, payment, parties = f"soak-{number}", f"{number + 2**88:024x}", self.parties
        await parties.opens(account)
        if number % 3:
            await parties.checks(account)
            await parties.creates(payment, account, to_ms(wall_clock()))
            await parties.performs(payment)
        else:
            prepared = await parties.prepares(account, number)
            if prepared.done:
                await parties.completes(account, prepared.answer["merchant_prepare_id"], number)


class Strangers:
    """Callers of every hostile kind, from many addresses of the loopback network."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.count = 0
        self._open: set[Connection] = set()
        self._random = random.Random(SEED)

    @asynccontextmanager
    async def coming(self) -> AsyncIterator[None]:
        strangers = [asyncio.create_task(self._come(n)) for n in range(STRANGERS_A_SECOND)]
        yield
        for stranger in strangers:
            stranger.cancel()
        await asyncio.wait(strangers)
        self._leave()

    async def _come(self, number: int) -> None:
        """One after another, about one a second; the first ones do not all come at once."""
        await asyncio.sleep(number / STRANGERS_A_SECOND)
        while True:
            began = monotonic()
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._random.choice((self._bytes, self._wrong_call, self._silence, self._flood))()
            self.count += 1
            await asyncio.sleep(max(0.0, 1.0 - (monotonic() - began)))

    async def _connect(self) -> Connection:
        address = f"127.{self._random.randrange(1, 250)}.{self._random.randrange(250)}.{self._random.randrange(1, 250)}"
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0)))
        self._open.add(connection)
        return connection

    def _leave(self, *connections: Connection) -> None:
        """All of them, if none is named."""
        for connection in connections or tuple(self._open):
            connection.writer.transport.abort()
            self._open.discard(connection)

    async def _bytes(self) -> None:
        path = self._random.choice((PAYME, CLICK, ORDERS)).encode()
        connection = await self._connect()
        for piece in KINDS[self._random.choice(list(KINDS))]:
            connection.send(piece.replace(b"POST / ", b"POST %s " % path))
            await asyncio.sleep(0.01)
        self._leave(connection)

    async def _wrong_call(self) -> None:
        connection = await self._connect()
        connection.send(self._wrong().on_the_wire())
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await connection.reader.readuntil(b"\r\n\r\n")
        self._leave(connection)

    async def _flood(self) -> None:
        """Many wrong calls on one connection, and not a look at the answers."""
        connection = await self._connect()
        connection.send(self._wrong().on_the_wire() * 20)
        await asyncio.sleep(0.5)
        self._leave(connection)

    async def _silence(self) -> None:
        connections = [await self._connect() for _ in range(5)]
        for connection in connections:
            connection.send(self._wrong().on_the_wire()[: self._random.randrange(300)])
        await asyncio.sleep(SILENT_SECONDS)
        self._leave(*connections)

    def _wrong(self) -> Request:
        body = self._random.randbytes(self._random.choice((10, 1000, 8000))).hex().encode()
        return self._random.choice(
            (
                Request(PAYME, body, headers=(("Authorization", "Basic UGF5Y29tOndyb25n"),)),
                Request(CLICK, b"click_trans_id=1&merchant_trans_id=" + body),
                Request(ORDERS, body, headers=(("Authorization", "Bearer wrong"),)),
                Request(f"/{body[:500].decode()}", verb="GET"),
                Request("/health/ready", verb="GET"),
            )
        )


class Sizes:
    """What the gateway takes, seen once a second."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.memory: list[int] = []
        self.descriptors: list[int] = []

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watch = asyncio.create_task(self._watch())
        yield
        watch.cancel()
        await asyncio.wait({watch})

    async def _watch(self) -> None:
        while True:
            self.memory.append(self.gateway.memory())
            self.descriptors.append(self.gateway.descriptors())
            await asyncio.sleep(1.0)


async def disk_bytes(attack: Attack, gateway: Gateway) -> int:
    """Of the journal and the log."""
    connection = await connect(attack.database.url.render_as_string(hide_password=False))
    try:
        journal = await connection.fetchval("SELECT pg_total_relation_size('exchanges')")
    finally:
        await connection.close()
    return int(journal) + gateway.out.stat().st_size


def p99(calls: list[Call]) -> float:
    return quantiles([call.seconds for call in calls], n=100)[98]


@pytest.mark.timeout(2 * SECONDS + 900)
def test_honest_payers_beside_every_kind_of_stranger(attack: Attack, tmp_path: Path, record_property):
    async def soak() -> None:
        url = attack.database.url.render_as_string(hide_password=False)
        async with (
            running(url, tmp_path, limited=True) as gateway,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        ):
            history = History()
            payers = Payers(Parties(http, f"http://127.0.0.1:{gateway.port}", history))
            async with payers.coming():  # what the first calls fill and open is no growth
                await asyncio.sleep(5.0)
            before = await disk_bytes(attack, gateway)
            history.calls.clear()
            async with payers.coming():
                await asyncio.sleep(min(SECONDS, 60.0))
            quiet = list(history.calls)
            honest_bytes = (await disk_bytes(attack, gateway) - before) / len(quiet)
            descriptors, before = gateway.descriptors(), await disk_bytes(attack, gateway)
            history.calls.clear()

            strangers, sizes = Strangers(gateway.port), Sizes(gateway)
            async with sizes.watched(), strangers.coming(), payers.coming():
                await asyncio.sleep(SECONDS)
            beside = list(history.calls)
            grown = await disk_bytes(attack, gateway) - before
            budget = BUDGET_BYTES * (1 / 8 + 7 / 8 * SECONDS / DAY_SECONDS)
            await http.close()  # the payers' own connections, which both sides keep for their next calls
            await asyncio.sleep(15.0)

            quarter = len(sizes.memory) // 4
            figures = {
                "seconds": SECONDS,
                "honest calls": len(beside),
                "strangers": strangers.count,
                "memory in MiB, second and last quarter, most": [
                    round(each / MEBIBYTE)
                    for each in (
                        median(sizes.memory[quarter : 2 * quarter]),
                        median(sizes.memory[-quarter:]),
                        max(sizes.memory),
                    )
                ],
                "descriptors before, most, after": [descriptors, max(sizes.descriptors), gateway.descriptors()],
                "MiB of journal and log, honest and beside": [
                    round(honest_bytes * len(beside) / MEBIBYTE, 1),
                    round((grown - honest_bytes * len(beside)) / MEBIBYTE, 1),
                ],
                "p99 in ms, quiet and beside": [round(p99(each) * 1000) for each in (quiet, beside)],
            }
            record_property("figures", figures)
            print(figures, file=sys.stderr)  # noqa: T201 - for who runs it by hand

            refused = [call for call in quiet + beside if call.certain and not call.done]
            assert not refused, (len(refused), refused[0])
            unanswered = [call for call in quiet + beside if not call.certain]
            assert not (IS_LONG and unanswered), (len(unanswered), unanswered[0])
            surprises = gateway.surprises()
            assert not surprises, str(surprises[0])
            assert max(sizes.memory) <= MEMORY_MAX
            assert median(sizes.memory[-quarter:]) - median(sizes.memory[quarter : 2 * quarter]) <= MEMORY_GROWTH_MAX
            assert max(sizes.descriptors) <= DESCRIPTORS_MAX
            assert gateway.descriptors() <= descriptors + DESCRIPTORS_LEFT_MAX
            assert grown <= honest_bytes * len(beside) * 1.05 + budget + BESIDE_BYTES
            assert not IS_LONG or p99(beside) <= P99_MAX * p99(quiet)

    attack.run(soak())
