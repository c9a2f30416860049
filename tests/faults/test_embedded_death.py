"""The embedded server is killed under a gateway that uses it: payments go on by themselves, and none is lost."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.database import embedded
from gateway.database.embedded import address_under
from tests.faults.conftest import SEED
from tests.faults.harness.gateway import Gateway, Program
from tests.faults.harness.history import History
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.tmpfs import SmallDisk, small_disk
from tests.faults.harness.traffic import Parties
from tests.gateway.conftest import read_metrics
from tests.long_timeouts import WAIT_SECONDS

EMBEDDED = {"DATABASE_URL": "", "DRAIN_SECONDS": "2"}


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    home = place / "embedded"
    yield home
    embedded.stop(home, force=True)


@pytest.fixture
def scenario(
    program: Program,
    http: aiohttp.ClientSession,
    parties: Callable[[str], Parties],
    history: History,
    home: Path,
) -> Scenario:
    """On the embedded database, which the gateway starts."""
    return Scenario(program, http, parties, history, address_under(home), SEED)


def kill_server(home: Path) -> None:
    os.kill(int((home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def said_so_far(gateway: Gateway, event: str) -> list[dict[str, Any]]:
    return [line for line in gateway.lines() if line["event"] == event]


async def test_payments_go_on_after_the_server_was_killed_and_none_is_lost(scenario, home, http):
    async with scenario.under_traffic(errors_logged=True, TIYIN_HOME=str(home), **EMBEDDED) as run:
        for _ in range(2):
            kill_server(home)
            await run.lives()
            await run.goes_on()
        assert (await run.metrics(http))["tiyin_database_restarts_total",] == 2


async def test_one_of_several_processes_starts_it_and_none_while_they_stop(program, http, home):
    place = address_under(home)
    async with program.serving(http, place, "--workers", "2", TIYIN_HOME=str(home), **EMBEDDED) as gateway:
        kill_server(home)
        await gateway.says("embedded database started again")
        await gateway.is_ready(http)
        assert (await read_metrics(http, f"{gateway.url}/metrics"))["tiyin_database_restarts_total",] == 1
        kill_server(home)
        gateway.send_signal(signal.SIGTERM)
        assert (await gateway.ended(), embedded.running(home)) == (0, False)


@pytest.fixture
def small_home(place: Path) -> Iterator[tuple[Path, SmallDisk]]:
    with small_disk(place / "small", megabytes=160) as disk:
        home = disk.folder / "home"
        yield home, disk
        embedded.stop(home, force=True)


async def test_on_a_full_disk_it_says_so_in_a_sentence_and_comes_back_when_there_is_room(program, http, small_home):
    home, disk = small_home
    async with program.serving(http, address_under(home), TIYIN_HOME=str(home), **EMBEDDED) as gateway:
        async with asyncio.timeout(WAIT_SECONDS):
            while not (failures := said_so_far(gateway, "embedded database cannot be started")):
                disk.fill()  # again and again: what ends gives some of it back
                with suppress(OSError, IndexError):
                    kill_server(home)
                await asyncio.sleep(0.05)
        assert "is full: make room there" in failures[0]["reason"]
        disk.clear()
        await gateway.is_ready(http)
        assert "Traceback" not in gateway.log.read_text()
