"""A line between the gateway and its database that can be cut and put back."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url


class Line:
    """Listens where a PostgreSQL would, and passes everything on to the true one."""

    def __init__(self, url: str) -> None:
        self._true = make_url(url)
        self._directory = tempfile.TemporaryDirectory(prefix="line-")
        self._whole = True
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        query = {**self._true.query, "host": self._directory.name}
        return self._true.set(query=query, host=None, port=None).render_as_string(hide_password=False)

    def cut(self) -> None:
        """Every connection breaks, and no new one is answered."""
        self._whole = False
        for writer in list(self._connections):
            writer.transport.abort()

    def mend(self) -> None:
        self._whole = True

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Line"]:
        path = os.path.join(self._directory.name, ".s.PGSQL.5432")
        server = await asyncio.start_unix_server(self._connect, path)
        try:
            yield self
        finally:
            self.cut()
            server.close()
            self._directory.cleanup()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        their_reader, their_writer = await self._reach()
        self._connections |= {writer, their_writer}
        await asyncio.gather(_pass_on(reader, their_writer), _pass_on(their_reader, writer))
        self._connections -= {writer, their_writer}

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._true.query.get("host", self._true.host))
        port = self._true.query.get("port", self._true.port or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, int(str(port)))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
