"""A proxy between the gateway and its database, whose connections can be broken."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url


class DatabaseProxy:
    """Listens where a PostgreSQL would, and passes everything on to the real one."""

    def __init__(self, url: str) -> None:
        self._real = make_url(url)
        self._directory = tempfile.TemporaryDirectory(prefix="proxy-")
        self._is_up = True
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        query = {**self._real.query, "host": self._directory.name}
        return self._real.set(query=query, host=None, port=None).render_as_string(hide_password=False)

    def go_down(self) -> None:
        """Every connection breaks, and no new one is answered."""
        self._is_up = False
        for writer in list(self._connections):
            writer.transport.abort()

    def come_back(self) -> None:
        self._is_up = True

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["DatabaseProxy"]:
        path = os.path.join(self._directory.name, ".s.PGSQL.5432")
        server = await asyncio.start_unix_server(self._connect, path)
        try:
            yield self
        finally:
            self.go_down()
            server.close()
            self._directory.cleanup()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_up:
            writer.transport.abort()
            return
        their_reader, their_writer = await self._reach()
        self._connections |= {writer, their_writer}
        await asyncio.gather(_pass_on(reader, their_writer), _pass_on(their_reader, writer))
        self._connections -= {writer, their_writer}

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._real.query.get("host", self._real.host))
        port = self._real.query.get("port", self._real.port or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, int(str(port)))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
