"""The ground that every test stands on: a PostgreSQL of its own, the whole gateway, and those who call it."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import hypothesis
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.commit.scheduler import BATCH_MAX_COMMANDS
from core.facade import Core
from gateway.app import CORE, build_app
from gateway.config.rate_limit import limit
from gateway.config.settings import Settings, load
from gateway.database import migrations
from gateway.database.embedded import embedded_database
from gateway.database.errors import EmbeddedError
from gateway.observability import logs
from gateway.observability.log_writer import LogWriter
from gateway.observability.metrics import Metrics
from gateway.server.runner import Runner
from gateway.throttle.failed_auth import FailedAuthRateLimiter
from inbound.short_calls import SHORT_ROUTES
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.clock import Clock
from tests.housekeeper import Housekeeper
from tests.last_release.database import SCHEMA_FILE, load_schema
from tests.leaks import LEAKS
from tests.log_records import Written
from tests.long_timeouts import WAIT_SECONDS, lengthen_timeouts
from tests.open_folder import open_folder, open_temporary_way
from tests.other_sessions import execute
from tests.server_facts import ask_once
from tests.wire import Wire, wire_to

SETTINGS = {
    "API_TOKEN": "test-token-of-the-shop-main-0123456789abcdef",
    "PAYME_MERCHANT_ID": "587f72c72cac0d162c722ae2",
    "PAYME_KEY": "Live#Key&With?Odd%Signs@And^A:Colon1",
    "PAYME_TEST_KEY": "TestKey-0123456789-ABCDEFGHIJKLMNOP",
    "CLICK_SERVICE_ID": "54321",
    "CLICK_MERCHANT_ID": "98",
    "CLICK_SECRET_KEY": "Kx7-demo-SECRET",
    "CLICK_MERCHANT_USER_ID": "7788",
    "OUTBOUND": "off",  # what is not about webhooks needs nobody who sends
}
"""Of the shop `main`; the marker `settings` changes them for a test, None takes one away."""

BATCHES = int(os.environ.get("TIYIN_TEST_BATCH", BATCH_MAX_COMMANDS))
"""Correctness must not lean on the batch: the suite is also run with batches of one."""

REQUESTS_ONLY = bool(os.environ.get("TIYIN_TEST_REQUESTS"))
"""Nor on the short path: then each call is a request."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "may_show(reason): hands a secret to the log or to a caller on purpose")
    config.addinivalue_line("markers", "wheels: builds and installs the projects from a registry (make test-wheels)")
    config.addinivalue_line("markers", "settings(**names): other settings for this test; None removes one")
    config.addinivalue_line("markers", "real_timeouts: the gateway gives up as early as it does in production")


def pytest_sessionstart(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    try:
        opened = open_temporary_way()
    except EmbeddedError as error:
        pytest.exit(f"The tests cannot start their PostgreSQL. {error}", 1)
    for folder in opened:
        session.config.get_terminal_writer().line(f"opened for PostgreSQL's user: chmod o+x {folder}")


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay: no pass of the collector has to look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def heard_lines() -> Iterator[None]:
    """Every line of a log, wherever it goes, is also looked through for secrets."""
    put = LogWriter.put

    def hear(self: LogWriter, line: bytes) -> None:
        LEAKS.written.append(line.decode(errors="replace"))
        put(self, line)

    LogWriter.put = hear  # type: ignore[method-assign]
    yield
    LogWriter.put = put  # type: ignore[method-assign]
    logs.close()


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest, heard_lines: None) -> Iterator[None]:
    """No test may have made the gateway write a secret down, or tell one."""
    LEAKS.begin()
    if not logs.is_open():
        logs.configure("info", out=lambda data: None)
        logging.captureWarnings(False)  # here they are errors
    yield
    found = LEAKS.found()
    assert not found or request.node.get_closest_marker("may_show"), "\n".join(found[:5])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hostile input is logged, and half a surrogate pair in a captured log cannot be sent between test processes."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an embedded PostgreSQL that lives as long as the tests. Nothing here asks for durability."""
    with open_folder("tiyin-tests-") as home, embedded_database(home) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def server_facts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        ask_once(patch)
        yield


@pytest.fixture(scope="session")
def database_url(postgres: str) -> str:
    """With the newest schema, or a later one; and speed for durability, which these tests don't ask about."""
    if SCHEMA_FILE:
        asyncio.run(load_schema(postgres, Path(SCHEMA_FILE)))
    else:
        migrations.upgrade(postgres)
    careless = ("fsync", "full_page_writes", "synchronous_commit")
    asyncio.run(execute(postgres, *(f"ALTER SYSTEM SET {name} = off" for name in careless), "SELECT pg_reload_conf()"))
    return postgres


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def housekeeper() -> AsyncIterator[Housekeeper]:
    housekeeper = Housekeeper()
    yield housekeeper
    await housekeeper.close()


@pytest_asyncio.fixture(loop_scope="session")
async def empty_tables(housekeeper: Housekeeper, database_url: str) -> AsyncIterator[None]:
    """Each test begins with them; in the end what lies in the journal is looked through for secrets."""
    await housekeeper.clean(database_url)
    yield
    LEAKS.written += await housekeeper.journal(database_url)


@pytest.fixture
async def database(database_url: str, empty_tables: None) -> AsyncIterator[AsyncEngine]:
    """For a look at the rows. It connects when it is first asked."""
    engine = create_async_engine(database_url, isolation_level="AUTOCOMMIT", pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later(clock: Clock) -> Callable[[Awaitable[Any]], Awaitable[Any]]:
    """Each call ten seconds after the one before: what comes first is then no question of the machine's pace."""

    async def answered(call: Awaitable[Any]) -> Any:
        clock.advance(seconds=10)
        return await call

    return answered


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    names: dict[str, str | None] = dict(SETTINGS)
    for marker in reversed(list(request.node.iter_markers("settings"))):
        names |= marker.kwargs
    loaded = load({name: value for name, value in names.items() if value is not None})
    LEAKS.knows(loaded)
    return loaded


class Served(TestServer):
    """On the connections that `tiyin serve` has."""

    async def _make_runner(self, **arguments: Any) -> web.AppRunner:
        if REQUESTS_ONLY:
            self.app[SHORT_ROUTES].clear()
        return Runner(self.app, shutdown_timeout=1)


@pytest.fixture
def timeouts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine must not make an answer of "try again"."""
    if not request.node.get_closest_marker("real_timeouts"):
        lengthen_timeouts(monkeypatch)


@asynccontextmanager
async def serving(settings: Settings, database_url: str, clock: Clock) -> AsyncIterator[TestServer]:
    """The whole gateway, listening on loopback."""
    server = Served(await build_app(settings, database_url, clock, clock.of_database, BATCHES, uptime=clock.uptime))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def gateway(
    settings: Settings, database: AsyncEngine, database_url: str, clock: Clock, timeouts: None
) -> AsyncIterator[TestServer]:
    async with serving(settings, database_url, clock) as server:
        yield server


@pytest.fixture
async def wire(database: AsyncEngine, database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the database, and the database's address at its near end."""
    async with wire_to(database_url) as near_end:
        yield near_end


@pytest.fixture
def cable(wire: tuple[Wire, str]) -> Wire:
    """The wire itself."""
    return wire[0]


@pytest.fixture
def journal_rows(database: AsyncEngine) -> Callable[[int], Awaitable[list[Any]]]:
    """The journal, once it holds so many rows."""

    async def rows(count: int) -> list[Any]:
        async with asyncio.timeout(WAIT_SECONDS), database.connect() as connection:
            while True:
                found = (await connection.execute(text("SELECT * FROM exchanges ORDER BY id"))).all()
                if len(found) >= count:
                    return list(found)
                await asyncio.sleep(0.05)

    return rows


@pytest.fixture
def written() -> Iterator[Written]:
    """The log, whole."""
    written = Written()
    logs.configure("info", out=written)
    yield written
    logs.close()


@pytest.fixture
def core(gateway: TestServer) -> Core:
    return gateway.app[CORE]


@pytest.fixture
def failed_auth() -> FailedAuthRateLimiter:
    """For an interface that is set up alone."""
    return FailedAuthRateLimiter(limit("30/minute"), 64 * 2**20, Metrics())


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    heard = aiohttp.TraceConfig()
    heard.on_response_chunk_received.append(_hear_answer)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trace_configs=[heard]) as session:
        yield session


async def _hear_answer(_: Any, __: Any, received: aiohttp.TraceResponseChunkReceivedParams) -> None:
    LEAKS.answered.append(received.chunk.decode(errors="replace"))


@pytest.fixture
def payme(gateway: TestServer, http: aiohttp.ClientSession) -> Payme:
    return Payme(http, str(gateway.make_url("/payment/callback/payme")), SETTINGS["PAYME_KEY"])


@pytest.fixture
def click(gateway: TestServer, http: aiohttp.ClientSession) -> Click:
    url = str(gateway.make_url("/payment/callback/click"))
    return Click(http, url, int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"])


@pytest.fixture
def shop(gateway: TestServer, http: aiohttp.ClientSession, database: AsyncEngine) -> Shop:
    return Shop(http, str(gateway.make_url("/")), SETTINGS["API_TOKEN"], database)


# How long an example takes to be made, or to be tried, is the machine's pace.
hypothesis.settings.register_profile("any pace", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("any pace")

os.environ.setdefault("TZ", "Asia/Tashkent")  # where it will run; nothing may depend on it
