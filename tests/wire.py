"""A wire between the gateway and its database that can be cut at a COMMIT, or held still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url

COMMIT = b"Q\x00\x00\x00\x0cCOMMIT;\x00"
"""The message as asyncpg sends it: a simple query."""


class Cut(Enum):
    BEFORE = "before"
    """The database never hears of the COMMIT."""
    AFTER = "after"
    """The database commits, its answer is lost."""
    SILENT_BEFORE = "silent before"
    """As before, and the connection stays open: nobody says anything."""
    SILENT_AFTER = "silent after"
    LOST = "lost"
    """As silent before, and the database does not even hear that the connection is gone: its locks stay."""


class Wire:
    def __init__(self, target: str) -> None:
        self.cuts: list[Cut] = []
        """What is done at the next COMMITs, in turn."""
        self.commits = 0
        self.down = False
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()

    def hang_up(self) -> None:
        """Break every connection there is."""
        for writer in list(self._open):
            writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        theirs, ours = await asyncio.open_unix_connection(self._target)
        self._open |= {writer, ours}
        silenced = asyncio.Event()
        back = asyncio.create_task(self._pump(theirs, writer, silenced))
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._watch(reader, writer, ours, theirs, back, silenced)
        finally:
            self._open -= {writer, ours}
            back.cancel()
            ours.transport.abort()
            writer.transport.abort()

    async def _watch(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ours: asyncio.StreamWriter,
        theirs: asyncio.StreamReader,
        back: "asyncio.Task[None]",
        silenced: asyncio.Event,
    ) -> None:
        while chunk := await reader.read(65536):
            if COMMIT in chunk:
                self.commits += 1
                cut = self.cuts.pop(0) if self.cuts else None
                if cut in (Cut.AFTER, Cut.SILENT_AFTER):
                    back.cancel()
                    ours.write(chunk)
                    await theirs.read(65536)
                if cut in (Cut.SILENT_BEFORE, Cut.SILENT_AFTER, Cut.LOST):
                    silenced.set()
                    await reader.read()
                if cut is Cut.LOST:
                    await theirs_end(back)
                if cut is not None:
                    return
            ours.write(chunk)
            await ours.drain()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silenced: asyncio.Event) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                if not silenced.is_set():
                    writer.write(chunk)
                    await writer.drain()
            writer.transport.abort()


async def theirs_end(back: "asyncio.Task[None]") -> None:
    """Until the database itself gives the connection up."""
    with suppress(asyncio.CancelledError):
        await back


@asynccontextmanager
async def wire_to(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire, and the address of the database at its near end."""
    url = make_url(database_url)
    name = ".s.PGSQL.5432"
    wire = Wire(str(Path(str(url.query["host"])) / name))
    with TemporaryDirectory(prefix="tiyin-wire-") as folder:
        server = await asyncio.start_unix_server(wire.connected, Path(folder) / name)
        try:
            yield wire, url.update_query_dict({"host": folder}).render_as_string(hide_password=False)
        finally:
            server.close()
            wire.hang_up()
            await asyncio.sleep(0)
