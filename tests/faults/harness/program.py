"""Starts gateways by forking a process that has everything imported: a restart takes a moment instead of a second.

Speaks lines of JSON: `{"command": [name, arguments], "environ": {…}, "log": path}` is answered by the process's id,
`{"wait": id}` by its exit status. What runs is `tiyin serve`, or `tiyin worker`, as it is, but that TIYIN_TEST_CLOCK
names a file with the time by both the gateway's clock and the database's (with TIYIN_TEST_CLOCK_ALONE the database
keeps its own, with TIYIN_TEST_UPTIME its jumps are no time that has passed), TIYIN_TEST_BATCH the size of a batch,
TIYIN_TEST_SWEEP the seconds between two sweeps, TIYIN_TEST_READINESS those before it looks by itself whether it is
ready, and TIYIN_TEST_TIMEOUTS makes the payment path's timeouts a minute long.
"""

import json
import mmap
import os
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg.protocol.protocol  # noqa: F401 - imported by the driver only when it first connects
import pytest
import sqlalchemy.dialects.postgresql.asyncpg  # noqa: F401

import gateway.app
import gateway.cli
import gateway.database.migrations
import gateway.server.serve
import gateway.server.worker
import gateway.worker
from core.clock import Clock, machine_uptime
from core.clock_comparison import DatabaseClock
from core.commit.scheduler import BATCH_MAX_COMMANDS
from core.deliveries.moments import of_database
from gateway.jobs import schedule
from schema.values import from_ms
from tests.long_timeouts import lengthen_timeouts


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        print(_wait(asked["wait"]) if "wait" in asked else _fork(asked), flush=True)  # noqa: T201


def _wait(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _fork(asked: dict[str, Any]) -> int:
    process = os.fork()
    if process == 0:
        _become(asked)
    return process


def _become(asked: dict[str, Any]) -> None:
    """A gateway, to the end of the process."""
    status = 1
    try:
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(asked["environ"])
        os.chdir(Path(asked["log"]).parent)
        sys.argv = ["tiyin", *asked["command"]]
        if "--workers" in sys.argv:  # they must choose how to count before anything is imported
            os.execv(sys.executable, [sys.executable, "-m", "gateway.cli", *sys.argv[1:]])
        batch = int(os.environ.pop("TIYIN_TEST_BATCH", BATCH_MAX_COMMANDS))
        sweep_period = os.environ.pop("TIYIN_TEST_SWEEP", schedule.SWEEP_PERIOD_SECONDS)
        schedule.SWEEP_PERIOD_SECONDS = float(sweep_period)  # type: ignore[misc]
        if (seconds := os.environ.pop("TIYIN_TEST_READINESS", None)) is not None:
            schedule.READINESS_FIRST_DELAY_SECONDS = float(seconds)  # type: ignore[misc]
        if os.environ.pop("TIYIN_TEST_TIMEOUTS", None):
            lengthen_timeouts(pytest.MonkeyPatch())
        if (path := os.environ.pop("TIYIN_TEST_CLOCK", None)) is not None:
            clock = _clock(path)
            gateway.app.build_app = partial(gateway.app.build_app, clock=clock)
            gateway.worker.build_worker = partial(gateway.worker.build_worker, clock=clock)
            if os.environ.pop("TIYIN_TEST_UPTIME", None):
                gateway.app.build_app = partial(gateway.app.build_app, uptime=machine_uptime)
            if os.environ.pop("TIYIN_TEST_CLOCK_ALONE", None) is None:
                gateway.app.build_app = partial(gateway.app.build_app, database_clock=_shared(clock))
            else:
                gateway.worker.delivery_clock = lambda _: of_database
        gateway.app.build_app = partial(gateway.app.build_app, batch=batch)
        gateway.cli.main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _shared(clock: Clock) -> DatabaseClock:
    """The database's machine has the same clock."""

    async def now(_: object) -> datetime:
        return clock()

    return now


def _clock(path: str) -> Clock:
    """A clock that the tests move: milliseconds since 1970 in eight bytes of a file."""
    with Path(path).open("rb") as file:
        shared = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    return lambda: from_ms(int.from_bytes(shared[:8]))


if __name__ == "__main__":
    main()
