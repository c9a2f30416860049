"""What the fault tests stand on: a durable PostgreSQL, gateways as processes, a wire between them that can be cut."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.engine import make_url

from tests.faults.harness.gateway import Program, SharedClock, program_in
from tests.faults.harness.history import History
from tests.faults.harness.postgres import TEMPLATE, Server
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.standby import Pair, pair_from
from tests.faults.harness.tmpfs import SmallDisk, small_disk
from tests.faults.harness.traffic import Parties
from tests.gateway.conftest import fresh_home as fresh_home
from tests.gateway.conftest import metrics as metrics
from tests.gateway.conftest import serve as serve
from tests.leaks import LEAKS
from tests.open_folder import open_folder
from tests.wire import Wire, wire_to

SEED = int(os.environ.get("TIYIN_SEED", "20261122"))
"""Of everything random. The same again replays the same."""


TIMEOUT = pytest.mark.timeout(900)
"""Seconds. A crash at every message takes its time on a busy machine; what hangs is found by its own deadline."""


def pytest_report_header() -> str:
    return f"TIYIN_SEED={SEED}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(TIMEOUT)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short path for what the whole run keeps: sockets must fit into it."""
    with open_folder("tiyin-faults-") as folder:
        yield folder


@pytest.fixture(scope="session")
def server(place: Path) -> Iterator[Server]:
    """A durable PostgreSQL with the newest schema as its template."""
    server = Server(place / "server", max_connections="200")
    server.start()
    try:
        server.make_template()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def program(place: Path) -> Iterator[Program]:
    with program_in(place) as program:
        yield program


@pytest.fixture
async def database_url(server: Server) -> AsyncIterator[str]:
    """An empty database of the test's own."""
    url = await server.fresh_database()
    yield url
    LEAKS.written += await server.journal(url)
    await server.drop(url)


@pytest.fixture
def disk(place: Path) -> Iterator[SmallDisk]:
    with small_disk(place / "small", megabytes=160) as disk:
        yield disk


@pytest.fixture
async def books_on(disk: SmallDisk, server: Server, database_url: str) -> AsyncIterator[None]:
    """The test's database lies on the small disk; the log of what was written does not."""
    name = make_url(database_url).database
    await server.sql(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
    await server.sql(f"DROP DATABASE {name}")
    await server.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} TABLESPACE small")
    yield
    await server.sql(f"DROP DATABASE {name} WITH (FORCE)")
    await server.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    await server.sql("DROP TABLESPACE small")


@pytest.fixture
async def wire(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    async with wire_to(database_url, tcp=True) as near_end:
        yield near_end


@pytest.fixture
def near_end(wire: tuple[Wire, str]) -> str:
    """The address of the database at the gateway's end of the wire."""
    return wire[1]


@pytest.fixture
async def pair(server: Server, place: Path) -> AsyncIterator[Pair]:
    """Two servers, of which one is the other's standby."""
    async with pair_from(server, place / "pair") as pair:
        yield pair


@pytest.fixture
async def wired(pair: Pair) -> AsyncIterator[tuple[Wire, str]]:
    """At the gateway's end of a wire that can be moved from one server to the other."""
    async with wire_to(pair.primary.url(TEMPLATE), tcp=True) as wire:
        yield wire


@pytest.fixture
def shared_clock(tmp_path: Path) -> SharedClock:
    """For gateways that are given TIYIN_TEST_CLOCK=str(shared_clock.path)."""
    return SharedClock(tmp_path / "clock")


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def parties(http: aiohttp.ClientSession, history: History) -> Callable[[str], Parties]:
    """Those who call the gateway at an address."""
    return lambda url: Parties(http, url, history)


@pytest.fixture
def scenario(
    program: Program,
    http: aiohttp.ClientSession,
    parties: Callable[[str], Parties],
    history: History,
    database_url: str,
) -> Scenario:
    """A gateway under honest traffic, judged in the end."""
    return Scenario(program, http, parties, history, database_url, SEED)
