"""The database has no connection left for us, or takes no writes: callers get the try-again answer, and it passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.faults.harness.bounds import ANSWER_SECONDS
from tests.faults.harness.postgres import Server
from tests.faults.harness.traffic import until_certain

CONNECTIONS = 40
"""That the small server takes: other clients can soon have them all."""

AT_ONCE = 10
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


@pytest.fixture
async def small(server: Server) -> AsyncIterator[Server]:
    """The server, with few connections."""
    await _restart(server, max_connections=str(CONNECTIONS))
    yield server
    await _restart(server, max_connections=server.settings["max_connections"])


async def _restart(server: Server, **settings: str) -> None:
    await asyncio.to_thread(server.stop)
    server.configure(**settings)
    await asyncio.to_thread(server.start)


@asynccontextmanager
async def other_clients(server: Server) -> AsyncIterator[list["asyncpg.Connection[Any]"]]:
    """Takes every connection that is left."""
    taken: list[asyncpg.Connection[Any]] = []
    try:
        await take_all(server, taken)
        yield taken
    finally:
        for connection in taken:
            connection.terminate()


async def take_all(server: Server, taken: list["asyncpg.Connection[Any]"]) -> None:
    while True:
        tried = [
            asyncpg.connect(host=str(server.socket_dir), user="postgres", database="postgres") for _ in range(AT_ONCE)
        ]
        made = await asyncio.gather(*tried, return_exceptions=True)
        taken += [connection for connection in made if not isinstance(connection, BaseException)]
        if any(isinstance(trouble, asyncpg.TooManyConnectionsError) for trouble in made):
            return


async def test_a_gateway_that_finds_no_connection_left_at_its_start_says_so(small, program, http, database_url):
    async with other_clients(small):
        gateway = program.start(database_url)
        assert await gateway.ended() == 1
    said = gateway.log.read_text()
    assert said == "The database cannot be used: sorry, too many clients already\n"
    async with program.serving(http, database_url):
        pass


async def test_connections_that_are_gone_before_the_first_call(small, scenario, program, http, parties, history):
    async with program.serving(http, scenario.database_url) as gateway:
        party = parties(gateway.url)
        async with other_clients(small) as taken:
            asked = asyncio.get_running_loop().time()
            answers = [await party.opens("1001"), await party.checks("1001"), await party.prepares("1001", 1)]
            took = asyncio.get_running_loop().time() - asked
        assert [call.word for call in answers] == [503, -32400, -7]
        assert took < ANSWER_SECONDS
        assert len(taken) > CONNECTIONS - 10
        assert (await until_certain(lambda: party.opens("1001"))).done
    await history.agrees_with(scenario.database_url)


async def test_connections_taken_by_other_clients_while_ours_are_ended(small, scenario, http):
    async with scenario.under_traffic() as run:
        async with other_clients(small) as taken:
            async with asyncio.timeout(20):
                while await taken[0].fetch(ENDED, scenario.database):
                    await take_all(small, taken)
            await run.has_database_error(http, "too_many_connections")
        await run.recovers()


async def test_a_database_that_may_only_be_read_for_a_while(scenario, server, http):
    async with scenario.under_traffic(errors_logged=True) as run:
        try:
            server.configure(default_transaction_read_only="on")
            await run.has_database_error(http, "read_only")
            await run.gateway.is_ready(http, 503, status="unavailable", reason="read-only")
        finally:
            server.configure(default_transaction_read_only="off")
        await run.recovers()
        await run.gateway.is_ready(http)
    complaints = [line for line in run.gateway.lines() if line["level"] == "error"]
    assert [(line["event"], line["reason"]) for line in complaints] == [("not ready", "read-only")]
