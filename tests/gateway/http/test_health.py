"""Alive, ready, draining, and what a database does to it."""

import asyncio

import pytest
from aiohttp.test_utils import TestServer

from gateway.app import build_app
from gateway.http.health import LIVENESS, READINESS
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS


async def health(http, server, path):
    async with http.get(server.make_url(path)) as response:
        return response.status, await response.json()


@pytest.fixture
async def without_database(settings):
    """A gateway whose database refuses connections."""
    server = TestServer(await build_app(settings, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def with_hanging_database(settings, monkeypatch):
    """A gateway whose database takes connections and never says a word, and nobody else loses patience with it.

    And the connections that its database holds.
    """
    monkeypatch.setattr("core.db.engine.CONNECT_SECONDS", LONG_SECONDS)

    async def hang(_, writer):
        held.append(writer)

    held = []
    listener = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server = TestServer(await build_app(settings, f"postgresql+asyncpg://nobody@127.0.0.1:{port}/nothing"))
    await server.start_server()
    yield server, held
    for writer in held:
        writer.close()
    listener.close()
    await server.close()


async def test_a_gateway_with_its_database_is_alive_and_ready(http, gateway):
    assert await health(http, gateway, "/health/live") == (200, {"status": "alive"})
    assert await health(http, gateway, "/health/ready") == (200, {"status": "ready"})


async def test_without_its_database_it_is_alive_but_not_ready(http, without_database):
    assert await health(http, without_database, "/health/live") == (200, {"status": "alive"})
    assert await health(http, without_database, "/health/ready") == (
        503,
        {"status": "unavailable", "reason": "database"},
    )


async def test_a_hanging_database_is_asked_once_for_all_who_ask(http, with_hanging_database):
    server, held = with_hanging_database
    async with asyncio.timeout(WAIT_SECONDS):  # half of what the database is waited for by others
        answers = await asyncio.gather(*[health(http, server, "/health/ready") for _ in range(20)])
    assert answers == [(503, {"status": "unavailable", "reason": "database"})] * 20
    assert len(held) == 1, "each asked by itself"


async def test_where_only_a_restart_may_help_it_is_not_alive(http, gateway):
    gateway.app[LIVENESS].reason = "database"
    assert await health(http, gateway, "/health/live") == (503, {"status": "failed", "reason": "database"})
    gateway.app[LIVENESS].reason = ""
    assert await health(http, gateway, "/health/live") == (200, {"status": "alive"})


async def test_while_draining_it_is_not_ready_and_still_answers(http, gateway, payme):
    gateway.app[READINESS].draining = True
    assert await health(http, gateway, "/health/ready") == (503, {"status": "draining"})
    assert await payme.says("CheckTransaction", id="5f3a") == -31003
