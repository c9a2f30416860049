"""A primary and the standby that follows it over a wire that can be cut: failover as operators do it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import make_url

from tests.faults.harness.postgres import TEMPLATE, Server
from tests.wire import SOCKET, Wire, wire_to

PATIENCE: Final = 30.0
"""Seconds for what PostgreSQL does by itself in a moment."""
WAITING: Final = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
"""Sessions whose COMMIT waits for the standby."""


class Copy(Server):
    """A server that begins as a copy of another one, which runs."""

    def made_from(self, conninfo: str, *arguments: str) -> None:
        self._own(self.data)
        self.run("pg_basebackup", "-d", conninfo, "-U", "postgres", "-c", "fast", "--no-sync", *arguments)
        for left in (f"{SOCKET}.lock", "log"):  # they are beside the data
            (self.data / left).unlink()
        self.configure(fsync="off")  # processes die here, machines don't; starting is ten times as quick

    def promote(self) -> None:
        self.run("pg_ctl", "-w", "promote")


class Pair:
    """Two servers with the same database, of which one follows the other."""

    def __init__(self, primary: Copy, standby: Copy, link: Wire) -> None:
        self.primary, self.standby = primary, standby
        self.link = link
        """Between the two."""

    def cut_off(self) -> None:
        """The standby hears nothing more; the primary is not informed either."""
        self.link.flowing.clear()

    def joined(self) -> None:
        self.link.flowing.set()

    async def synchronous(self) -> None:
        """From now on the primary acknowledges only what the standby has as well."""
        self.primary.configure(synchronous_standby_names="*")
        await self._until("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")

    async def caught_up(self) -> None:
        """Until the standby has all that the primary has."""
        await self._until("SELECT FROM pg_stat_replication WHERE flush_lsn = pg_current_wal_lsn()")

    async def commits_wait(self) -> None:
        """Until the primary has something committed that the standby has not."""
        await self._until("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'tiyin'")

    async def comes_back_alone(self) -> None:
        """The primary crashes, recovers, and shows whatever it had written itself."""
        await asyncio.to_thread(self.primary.crash)
        await asyncio.to_thread(self.primary.start)

    async def fail_over(self) -> Copy:
        """The standby takes over with what it has. The primary may be dead or not."""
        self.link.down = True
        self.link.abort()
        await asyncio.to_thread(self.standby.promote)
        return self.standby

    async def _until(self, there: str) -> list[Any]:
        async with asyncio.timeout(PATIENCE):
            while not (rows := await self.primary.sql(there)):
                await asyncio.sleep(0.01)
        return rows


@asynccontextmanager
async def pair_from(origin: Server, place: Path) -> AsyncIterator[Pair]:
    """A pair with the databases of another server; the standby follows, and nothing waits for it yet."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    primary, standby = Copy(place / "1"), Copy(place / "2")
    try:
        await asyncio.to_thread(primary.made_from, f"host={origin.socket_dir}")
        await asyncio.to_thread(primary.start)
        async with wire_to(primary.url(), tcp=True) as (link, near):
            address = make_url(near)
            conninfo = f"host={address.host} port={address.port} sslmode=disable application_name=standby"
            await asyncio.to_thread(standby.made_from, conninfo, "-R")
            standby.configure(wal_retrieve_retry_interval="100ms")
            await asyncio.to_thread(standby.start)
            yield Pair(primary, standby, link)
            link.abort()
            await ended(primary, standby)
    finally:
        await ended(primary, standby)


async def ended(*servers: Server) -> None:
    for server in servers:
        if server.is_running():
            await asyncio.to_thread(server.crash)  # a clean end would wait for the other


def socket_of(server: Server) -> Path:
    return server.socket_dir / SOCKET


async def taken_over(pair: Pair, cable: Wire) -> str:
    """By the standby, and calls go there. Where the database is now."""
    promoted = await pair.fail_over()
    cable.target = socket_of(promoted)
    cable.flowing.set()
    cable.abort()
    return promoted.url(TEMPLATE)
