"""The database's disk is full, and is freed again: nothing that was acknowledged is lost."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from gateway.database.errors import EmbeddedError
from tests.faults.harness.postgres import Server
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.tmpfs import SmallDisk


async def test_a_disk_that_is_full_for_a_while(disk, books_on, scenario, http):
    async with scenario.under_traffic() as run:
        disk.fill()
        await run.has_database_error(http, "out_of_resources")
        await asyncio.sleep(2)
        disk.clear()
        await run.recovers()


@pytest.fixture
def log_on(disk: SmallDisk, server: Server) -> Iterator[None]:
    """What the server writes first of all, before it acknowledges anything, lies on the small disk."""
    log, usual = server.data / "pg_wal", server.data / "pg_wal.usual"
    there = disk.folder / "pg_wal"
    server.stop()
    log.rename(usual)
    shutil.copytree(usual, there)
    _give(there, usual)
    log.symlink_to(there)
    server.start()
    yield
    server.stop()
    log.unlink()
    shutil.copytree(there, log)
    _give(log, usual)
    shutil.rmtree(usual)
    server.start()


def _give(folder: Path, like: Path) -> None:
    """To the owner of the other one; a user who is not root owns both."""
    if os.geteuid() == 0:
        owner = like.stat()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
    folder.chmod(0o700)


async def test_a_log_that_finds_no_room_stops_the_server_and_loses_nothing(disk, log_on, scenario, server):
    async with scenario.under_traffic() as run:
        disk.fill()
        async with asyncio.timeout(30):
            while await _writes(scenario):
                await asyncio.sleep(0)
        await asyncio.sleep(1)
        assert "PANIC" in server.log.read_text()
        disk.clear()
        async with asyncio.timeout(60):
            while not await _writes(scenario):  # it may have come back by itself, or have given up
                with suppress(EmbeddedError):
                    await asyncio.to_thread(server.start)
                await asyncio.sleep(0.05)
        await run.recovers()


async def _writes(scenario: Scenario) -> bool:
    """Fill the log with nothing of interest."""
    try:
        await scenario.asks("SELECT pg_logical_emit_message(false, 'noise', repeat('x', 1000000)), pg_switch_wal()")
    except (asyncpg.PostgresError, OSError):
        return False
    return True
