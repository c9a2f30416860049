"""The embedded server dies: one process starts it again, less and less often in vain, and not against the will."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from gateway.database import embedded
from gateway.database.embedded import embedded_database, stopped_file
from gateway.database.errors import EmbeddedError
from gateway.database.server_log import LOG_MAX_BYTES
from gateway.database.server_watch import ServerWatch
from gateway.jobs.database_watch import (
    DEAD_MAX_SECONDS,
    PAUSE_MAX_SECONDS,
    STABLE_SECONDS,
    DatabaseWatch,
    pause_seconds,
)
from gateway.liveness import Liveness
from gateway.observability.metrics import Metrics
from tests.log_records import logged
from tests.long_timeouts import WAIT_SECONDS
from tests.open_folder import open_folder

BUSY = "DO $$ BEGIN LOOP NULL; END LOOP; END $$"
"""Computes without a look at anything else, as a query of an audit may for minutes."""


@pytest.fixture(scope="module")
def made():
    with open_folder() as place:
        yield place / "home"


@pytest.fixture
def home(made):
    """That of a server which runs because a gateway uses it."""
    with embedded_database(made):
        yield made


def postmaster_of(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split()[0])


def kill(home: Path, process: int | None = None) -> None:
    """One of its processes, or else the first. Then the server is gone, and what it had just begun holds no socket."""
    handle = os.pidfd_open(postmaster_of(home))
    os.kill(process or postmaster_of(home), signal.SIGKILL)
    assert select.select([handle], [], [], WAIT_SECONDS)[0]
    os.close(handle)
    end = time.monotonic() + WAIT_SECONDS
    while embedded.running(home) and time.monotonic() < end:
        time.sleep(0.001)


async def connect(home: Path) -> "asyncpg.Connection":
    return await asyncpg.connect(host=str(home / "postgres"), user="postgres", database="postgres")


async def executes(home: Path, statement: str) -> str:
    connection = await connect(home)
    try:
        return await connection.execute(statement)
    finally:
        await connection.close()


class Watcher:
    """One process that serves: its watch, and what others see of it. Time passes by hand."""

    def __init__(self, home: Path) -> None:
        self.now, self.draining = 1000.0, False
        self.metrics, self.liveness = Metrics(), Liveness()
        self.server = ServerWatch(home)
        self.watch = DatabaseWatch(self.server, self.metrics, self.liveness, lambda: self.draining, lambda: self.now)

    async def looks(self, *, after: float = 0) -> str:
        """Look, and wait until what came of it is done. How the server is then."""
        self.now += after
        await self.watch.look()
        if self.watch._start is not None:
            await self.watch._start
        return self.server.look()

    @property
    def starts(self) -> tuple[float, float]:
        """As the metrics count them: done and failed."""
        sample = self.metrics.registry.get_sample_value
        return sample("tiyin_database_restarts_total"), sample("tiyin_database_restart_failures_total")


@pytest.fixture
async def watcher(home):
    watcher = Watcher(home)
    yield watcher
    await watcher.watch.close()


@pytest.fixture
async def other(home):
    """Another process on the same server."""
    other = Watcher(home)
    yield other
    await other.watch.close()


async def test_a_server_that_was_killed_is_started_again_with_all_that_was_acknowledged(home, watcher, caplog):
    await executes(home, "CREATE TABLE payers AS SELECT 'Aziza' AS name")
    kill(home)
    assert await watcher.looks() == "up"
    assert await executes(home, "DROP TABLE payers") == "DROP TABLE"
    assert [record.getMessage() for record in caplog.records] == [
        "embedded database gone",
        "embedded database started again",
    ]
    assert watcher.starts == (1, 0)


async def test_one_that_ends_because_a_process_of_it_crashed_is_started_again_as_well(home, watcher):
    """It would do so by itself, and for ever where that is in vain."""
    session = await connect(home)
    kill(home, session.get_server_pid())
    assert (await watcher.looks(), watcher.starts) == ("up", (1, 0))
    session.terminate()


async def test_of_several_processes_one_starts_it_and_the_next_when_that_is_gone(home, watcher, other, caplog):
    await watcher.looks()
    kill(home)
    assert "up" in await asyncio.gather(watcher.looks(), other.looks())
    kill(home)
    first, second = (watcher, other) if watcher.starts == (1, 0) else (other, watcher)
    assert (await second.looks(), second.starts) == ("dead", (0, 0))
    await first.watch.close()
    assert (await second.looks(), second.starts) == ("up", (1, 0))
    assert len(logged(caplog.records, "embedded database gone")) == 2


async def test_one_that_cannot_be_started_is_tried_less_and_less_and_then_the_process_is_not_alive(
    home, watcher, caplog
):
    with (home / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write("max_connections = 'many'")
    kill(home)
    assert await watcher.looks() == await watcher.looks(after=0.4) == "dead"
    (failure,) = logged(caplog.records, "embedded database cannot be started")
    assert "contains errors" in failure["reason"]
    assert (0.5 <= failure["retry_seconds"] <= 1, watcher.starts, watcher.liveness.reason) == (True, (0, 1), "")
    await watcher.looks(after=DEAD_MAX_SECONDS)
    assert (watcher.starts, watcher.liveness.reason) == ((0, 2), "database")
    (home / "postgres" / "postgresql.auto.conf").write_text("")
    assert await watcher.looks(after=PAUSE_MAX_SECONDS) == "up"
    await watcher.looks()
    assert (watcher.starts, watcher.liveness.reason) == ((1, 2), "")


def test_pauses_grow_to_a_minute_and_nobody_has_the_same():
    assert [pause_seconds(tries, chance=1) for tries in (1, 2, 3, 6, 7, 5000)] == [1, 2, 4, 32, 60, 60]
    assert [pause_seconds(3, chance) for chance in (0, 0.5, 1)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("gone", "reason"),
    [("home/postgres", "holds no database any more: put it back"), ("home", "cannot be opened (No such file")],
)
async def test_where_the_data_are_gone_nothing_is_made_and_the_process_stays_alive(home, watcher, caplog, gone, reason):
    """A restart would make an empty database, in which no order is known."""
    kill(home)
    place = home.parent / gone
    data = place.rename(home.parent / "elsewhere")
    for after in (0, DEAD_MAX_SECONDS):
        assert await watcher.looks(after=after) == "lost"
    assert (watcher.liveness.reason, place.exists()) == ("", False)
    failure, _ = logged(caplog.records, "embedded database cannot be started")
    assert reason in failure["reason"]
    data.rename(place)
    assert await watcher.looks(after=PAUSE_MAX_SECONDS) == "up"
    assert [record.exc_info for record in caplog.records if record.exc_info] == []


async def test_one_that_was_stopped_on_purpose_is_left_stopped(home, watcher, caplog):
    embedded.stop(home, force=True)
    for after in (0, DEAD_MAX_SECONDS):
        assert await watcher.looks(after=after) == "stopped"
    assert (watcher.starts, watcher.liveness.reason) == ((0, 0), "")
    assert [record.getMessage() for record in caplog.records] == ["embedded database stopped"]
    with embedded_database(home):
        kill(home)
        await watcher.looks()
        assert await watcher.looks() == "up"


async def test_a_stop_that_was_killed_before_it_stopped_anything_is_forgotten(home, watcher):
    stopped_file(home).touch()
    assert await watcher.looks() == "up"
    kill(home)
    await watcher.looks()
    assert await watcher.looks() == "up"


async def test_while_the_gateway_stops_it_stays_down(home, watcher):
    kill(home)
    watcher.draining = True
    assert await watcher.looks() == "dead"
    watcher.draining = False
    await watcher.watch.close()
    assert (await watcher.looks(), watcher.starts) == ("dead", (0, 0))


async def test_a_query_that_outlives_the_server_does_not_hold_it_up(home, watcher):
    busy = await connect(home)
    computing = asyncio.create_task(busy.execute(BUSY))
    while await executes(home, f"SELECT FROM pg_stat_activity WHERE query = '{BUSY}'") != "SELECT 1":
        await asyncio.sleep(0.01)
    kill(home)
    assert await watcher.looks() == "up"
    with pytest.raises(asyncpg.PostgresConnectionError):
        await computing


async def test_a_server_that_dies_again_and_again_is_started_less_and_less_often(home, watcher):
    for seconds in (0, 1, 2):
        kill(home)
        if seconds:
            assert await watcher.looks(after=seconds * 0.49) == "dead"
        assert await watcher.looks(after=seconds * 0.52) == "up"
    assert watcher.starts == (3, 0)
    await watcher.looks(after=STABLE_SECONDS)
    for seconds in (0, 1):  # it was a good start: all begins anew
        kill(home)
        assert await watcher.looks(after=seconds * 1.01) == "up"


FLOOD = "DO $$ BEGIN FOR i IN 1..60 LOOP RAISE LOG '% %', i, repeat('x', 500000); END LOOP; END $$"
"""Thirty million bytes of the server's log."""


def log_bytes(home: Path) -> int:
    return sum(file.stat().st_size for file in (home / "postgres").glob("log*"))


async def test_a_flood_of_lines_stays_below_its_bound_and_the_newest_are_kept(home, watcher):
    data = home / "postgres"
    for _ in range(2):
        await executes(home, FLOOD)
        await watcher.looks()
        assert log_bytes(home) <= 2 * LOG_MAX_BYTES
    kept = (data / "log.1").read_text()
    assert (kept.startswith("x"), kept.count("LOG:  60 xx")) == (False, 1)
    assert ((data / "log.1").owner(), (data / "log.1").stat().st_mode & 0o777) == (data.owner(), 0o600)
    await executes(home, "DO $$ BEGIN RAISE LOG 'afterwards'; END $$")
    assert "LOG:  afterwards" in (data / "log").read_text()


async def test_of_several_processes_one_looks_after_the_log_and_a_start_does(home, watcher, other):
    await watcher.looks()
    assert watcher.server.is_first()
    await executes(home, FLOOD)
    await other.looks()
    assert log_bytes(home) > 2 * LOG_MAX_BYTES
    embedded.stop(home, force=True)
    (home / "postgres" / "postgresql.auto.conf").write_text("max_connections = 'many'")
    with pytest.raises(EmbeddedError, match="contains errors"), embedded_database(home):
        pass
    assert log_bytes(home) <= 2 * LOG_MAX_BYTES
    (home / "postgres" / "postgresql.auto.conf").write_text("")


async def test_what_is_no_log_of_the_servers_is_left_alone(home, watcher):
    """Its user might have put a link there, and root follows none."""
    log, others = home / "postgres" / "log", home / "others"
    its_own = log.rename(home / "its log")
    others.write_bytes(bytes(LOG_MAX_BYTES + 1))
    for put in (log.symlink_to, log.hardlink_to):
        put(others)
        await watcher.looks()
        assert others.stat().st_size == LOG_MAX_BYTES + 1
        log.unlink()
    its_own.rename(log)  # the next start writes to it, as the server's user


FIRST_PROCESS = """
import ctypes, os, signal, sys
from pathlib import Path
from gateway.database.embedded import embedded_database, running
from gateway.database.server_watch import ServerWatch
home = Path(sys.argv[1])
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
with embedded_database(home):
    watch, killed = ServerWatch(home), []
    for _ in range(2):
        killed.append(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        os.kill(killed[-1], signal.SIGKILL)
        os.waitid(os.P_PID, killed[-1], os.WEXITED | os.WNOWAIT)
        while running(home):
            pass
        print(watch.look(), watch.start_again())
    print([os.path.exists(f"/proc/{process}") for process in killed])
"""
"""Its orphans become its children, as those of a container's first process do, and it waits for nobody."""


def test_in_a_container_whose_first_process_waits_for_nobody_the_dead_do_not_pile_up(fresh_home):
    command = [sys.executable, "-c", FIRST_PROCESS, str(fresh_home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("dead True\ndead True\n[False, False]\n", "")
