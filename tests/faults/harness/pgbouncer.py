"""PgBouncer in transaction mode before a server: started, stopped, restarted."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL, make_url

from gateway.database import cluster
from tests.faults.harness.postgres import Server
from tests.ports import unused_port

START_SECONDS = 10
SERVERS = 3
"""Fewer than a gateway's connections: they are shared, and a statement that was prepared on one is soon on another."""

CONFIGURATION = """
[databases]
* = host={socket} port=5432

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {servers}
logfile = {folder}/log
pidfile = {folder}/pid
admin_users = {role}
"""


class PgBouncer:
    def __init__(self, program: str, folder: Path, server: Server, role: str) -> None:
        self.port = unused_port()
        self._program, self._folder, self._role = program, folder, role
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        (folder / "users").write_text(f'"{role}" ""\n')
        values = {"socket": server.socket_dir, "port": self.port, "folder": folder, "servers": SERVERS, "role": role}
        (folder / "ini").write_text(CONFIGURATION.format(**values))
        self._user: dict[str, Any] = cluster.identity() if os.geteuid() == 0 else {}  # it does not run as root
        if self._user:
            for path in (folder, *folder.iterdir()):
                os.chown(path, self._user["user"], self._user["group"])

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-q", str(self._folder / "ini")], **self._user)
        end = time.monotonic() + START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self) -> None:
        """At once, with every connection."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            (self._folder / "pid").unlink(missing_ok=True)

    def url(self, database_url: str) -> str:
        """The same database through it."""
        name = make_url(database_url).database
        return URL.create(
            "postgresql+asyncpg", self._role, host="127.0.0.1", port=self.port, database=name, query={"ssl": "disable"}
        ).render_as_string()

    def _listens(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def pgbouncer_before(server: Server, folder: Path, role: str) -> Iterator[PgBouncer]:
    """Skips the test, and says why, where PgBouncer is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed (Debian, Ubuntu: apt install pgbouncer)")
    bouncer = PgBouncer(program, folder, server, role)
    bouncer.start()
    try:
        yield bouncer
    finally:
        bouncer.stop()
        shutil.rmtree(folder)
