"""A fresh PostgreSQL for the measurements: durable, close to its defaults, gone afterwards."""

import asyncio
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from gateway.database.cluster import binaries
from gateway.database.migrations import upgrade
from gateway.database.server_user import OTHER_CHECKOUT, identity, require_way

SETTINGS: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_connections": "200",
}
"""Full durability. The default size of the buffers is made for the smallest machines, and a checkpoint in the middle of
one window would be measured as that window's; everything else is PostgreSQL's default."""

NOTHING_MORE: Final[Mapping[str, str]] = {}
COMMIT_TIMES: Final = {"track_commit_timestamp": "on"}
"""The server keeps when each transaction was committed."""

PROGRAMS: Final = ("initdb", "pg_ctl", "postgres", "pgbench")
ON_DISK: Final = "/var/tmp"
"""Not /tmp, which may be in memory, where nothing is durable and nothing costs what it costs."""


@dataclass(frozen=True, slots=True)
class Cluster:
    programs: Path
    folder: Path
    """Its socket, its log and its data."""

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    async def create(self, database: str) -> None:
        """A database with the gateway's tables."""
        await self.execute("postgres", f"CREATE DATABASE {database}")
        await asyncio.to_thread(upgrade, self.url(database).replace("postgresql:", "postgresql+asyncpg:"))

    async def connect(self, database: str) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(host=str(self.folder), user="postgres", database=database)

    async def execute(self, database: str, *statements: str) -> None:
        connection = await self.connect(database)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def settings(self) -> Mapping[str, str]:
        """The version and the settings that the figures depend on, as the server itself states them."""
        connection = await self.connect("postgres")
        try:
            return {name: await connection.fetchval(f"SHOW {name}") for name in ("server_version", *SETTINGS)}
        finally:
            await connection.close()


@contextmanager
def fresh_cluster(more: Mapping[str, str] = NOTHING_MORE) -> Iterator[Cluster]:
    """Under BENCH_DATA, or else /var/tmp; a folder that is on a disk. `more`: settings beside `SETTINGS`."""
    where = os.environ.get("BENCH_DATA") or (ON_DISK if Path(ON_DISK).is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="tiyin-bench-", dir=where) as folder:
        cluster = Cluster(_programs(), Path(folder))
        _run(cluster, "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        values = "".join(f" -c {name}={value}" for name, value in {**SETTINGS, **more}.items())
        options = f"-h '' -k {shlex.quote(folder)}{values}"
        _run(cluster, "pg_ctl", "--wait", "--timeout=60", "-o", options, "-l", str(cluster.folder / "log"), "start")
        try:
            yield cluster
        finally:
            _run(cluster, "pg_ctl", "--wait", "--mode=immediate", "stop")


def _programs() -> Path:
    """The system's, if they are all there; else those that the embedded database comes with."""
    found = shutil.which("pg_config")
    if found is not None:
        place = Path(subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
        if all((place / name).exists() for name in PROGRAMS):
            return place
    return binaries()


def _run(cluster: Cluster, name: str, *arguments: str) -> None:
    """As root it runs as the user that the embedded database runs as: PostgreSQL refuses to be root's."""
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = identity()
        os.chown(cluster.folder, user["user"], user["group"])
        require_way(cluster.folder, f"{cluster.folder} is", "set BENCH_DATA to another")
        require_way(cluster.programs / "postgres", "PostgreSQL's programs are", OTHER_CHECKOUT)
    command = [str(cluster.programs / name), f"--pgdata={cluster.folder / 'data'}", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server would keep it open
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, cwd=cluster.folder, **user
        )
        if done.returncode != 0:
            said.seek(0)
            raise SystemExit(f"PostgreSQL's {name} failed:\n{said.read()}")
