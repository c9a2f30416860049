"""A wire between the gateway and its database that understands PostgreSQL's messages: counted, held, delayed, cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy.engine import make_url

SOCKET: Final = ".s.PGSQL.5432"
SSL, GSS, CANCEL = 80877103, 80877104, 80877102
"""Codes of the first message on a connection that are no greeting (PostgreSQL manual, "Message Formats")."""
READY: Final = b"Z\x00\x00\x00\x05"
"""How the database's answer to a Query or a Sync ends, but for one byte."""


class Cut(Enum):
    """What is done at a COMMIT, and at the save in the same message."""

    BEFORE = "before"
    """The database never hears of it."""
    AFTER = "after"
    """The database commits, its answer is lost."""
    SILENT_BEFORE = "silent before"
    """As before, and the connection stays open: nobody says anything."""
    SILENT_AFTER = "silent after"
    LOST = "lost"
    """As silent before, and the database does not even hear that the connection is gone: its locks stay."""


@dataclass(slots=True)
class Strike:
    """`act` is called at the gateway's message with the number `at`; afterwards nothing passes on its connection."""

    at: int
    act: Callable[[], None]
    answered: bool
    """Not before the database has dealt with the message; its answer is withheld."""
    struck: str | None = None
    """The kind of the message that it was, once it has happened."""

    def falls_on(self, line: object, kind: str, message: bytes) -> bool:
        """Whether this is the message; asked of each that may be. `line`: the connection that it is of."""
        self.at -= 1
        return self.at == 0


class Wire:
    def __init__(self, target: str | Path | tuple[str, int]) -> None:
        """`target`: where the database listens; may be changed for connections to come."""
        self.target = target
        self.cuts: list[Cut | None] = []
        """What is done at the next COMMITs, in turn; None: it passes."""
        self.commits = 0
        self.round_trips = 0
        """Messages that the gateway waits for an answer to."""
        self.strike: Strike | None = None
        self.subjects: tuple[bytes, ...] = (b"",)
        """A strike may be at a connection's messages from the first that contains one of these."""
        self.down = False
        """Takes no new connections."""
        self.delay = 0.0
        """Seconds by which each of the gateway's messages is late."""
        self.flowing = asyncio.Event()
        """Cleared: nothing passes in either direction, and neither side is informed."""
        self.flowing.set()
        self.held = 0
        """Messages of the gateway's that wait until it flows again."""
        self.abandoned = 0
        """Silent connections that the gateway has closed while it waited for an answer."""
        self._lines: set[_Line] = set()

    def silence(self) -> None:
        """Nothing passes on the connections that there are, ever again, and neither side is informed; new ones work."""
        for line in self._lines:
            line.flowing.clear()

    def abort(self) -> None:
        """Break every connection there is."""
        for line in list(self._lines):
            line.abort()

    async def aborted(self) -> None:
        """Break every connection there is, and wait until they are gone."""
        self.abort()
        while self._lines:
            await asyncio.sleep(0)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        try:
            theirs = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        line = _Line(self, reader, writer, *theirs)
        self._lines.add(line)
        try:
            await line.carry()
        finally:
            self._lines.discard(line)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, tuple):
            return await asyncio.open_connection(*self.target)
        return await asyncio.open_unix_connection(self.target)


class _Line:
    """One connection: `reader` and `writer` to the gateway, `theirs` and `ours` to the database."""

    def __init__(
        self,
        wire: Wire,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        theirs: asyncio.StreamReader,
        ours: asyncio.StreamWriter,
    ) -> None:
        self.wire, self.reader, self.writer, self.theirs, self.ours = wire, reader, writer, theirs, ours
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.is_subject = False
        self.deaf = False
        """The gateway hears nothing of the database any more."""
        self.ready = asyncio.Event()
        """The database has answered the last Query or Sync."""

    def abort(self) -> None:
        self.flowing.set()
        self.writer.transport.abort()
        self.ours.transport.abort()

    async def carry(self) -> None:
        back = asyncio.create_task(self._listen())
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._greet()
                while await self._pass(await self.reader.readexactly(5), back):
                    pass
        finally:
            back.cancel()
            self.abort()

    async def _greet(self) -> None:
        """The first messages have no kind, only a length."""
        while True:
            size = await self.reader.readexactly(4)
            body = await self.reader.readexactly(int.from_bytes(size) - 4)
            code = int.from_bytes(body[:4])
            if not await self._deliver("greeting", size + body, answers=code not in (SSL, GSS, CANCEL)):
                raise ConnectionResetError
            if code not in (SSL, GSS):
                return

    async def _pass(self, head: bytes, back: "asyncio.Task[None]") -> bool:
        """One message of the gateway's. False: it was the last one."""
        message = head + await self.reader.readexactly(int.from_bytes(head[1:]) - 4)
        kind = chr(head[0])
        self.wire.round_trips += kind in "QS"
        if kind == "Q" and message.endswith(b"COMMIT\0"):
            self.wire.commits += 1
            cut = self.wire.cuts.pop(0) if self.wire.cuts else None
            if cut is not None:
                await self._cut(cut, message, back)
                return False
        return await self._deliver(kind, message, answers=kind in "QS")

    async def _deliver(self, kind: str, message: bytes, *, answers: bool) -> bool:
        """On to the database, unless something strikes. `answers`: the database will say that it is ready."""
        self.wire.held += 1
        await self.wire.flowing.wait()
        self.wire.held -= 1
        if not self.flowing.is_set():
            with suppress(OSError):
                await self.reader.read()
            self.wire.abandoned += 1
            await self.flowing.wait()
        if self.wire.delay:
            await asyncio.sleep(self.wire.delay)
        strike = self.wire.strike
        self.is_subject |= any(subject in message for subject in self.wire.subjects)
        if strike is not None and strike.struck is None and self.is_subject:
            if strike.falls_on(self, kind, message):
                strike.struck = kind
                if strike.answered:
                    await self._send_and_wait(message, answers=answers)
                strike.act()
                return False
        elif strike is not None and strike.struck is not None:
            return False
        self.ours.write(message)
        await self.ours.drain()
        return True

    async def _send_and_wait(self, message: bytes, *, answers: bool) -> None:
        self.deaf = True
        self.ready.clear()
        self.ours.write(message)
        await self.ours.drain()
        if answers:
            await self.ready.wait()

    async def _cut(self, cut: Cut, commit: bytes, back: "asyncio.Task[None]") -> None:
        self.deaf = True
        if cut in (Cut.AFTER, Cut.SILENT_AFTER):
            await self._send_and_wait(commit, answers=True)
        if cut in (Cut.SILENT_BEFORE, Cut.SILENT_AFTER, Cut.LOST):
            with suppress(OSError):
                await self.reader.read()
        if cut is Cut.LOST:
            await asyncio.wait({back})  # until the database itself gives the connection up

    async def _listen(self) -> None:
        """What the database says."""
        tail = b""
        with suppress(OSError):
            while chunk := await self.theirs.read(65536):
                tail = (tail + chunk)[-6:]
                if tail[:5] == READY:
                    self.ready.set()
                await self.wire.flowing.wait()
                await self.flowing.wait()
                if not self.deaf:
                    self.writer.write(chunk)
                    await self.writer.drain()
        self.ready.set()  # it will never be
        if not self.deaf:
            self.writer.transport.abort()


@asynccontextmanager
async def wire_to(database_url: str, *, tcp: bool = False) -> AsyncIterator[tuple[Wire, str]]:
    """A wire, and the address of the database at its near end: a unix socket, or a port of loopback."""
    url = make_url(database_url)
    wire = Wire(Path(str(url.query["host"])) / SOCKET)
    with TemporaryDirectory(prefix="tiyin-wire-") as folder:
        if tcp:
            server = await asyncio.start_server(wire.connected, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            near = url.set(host="127.0.0.1", port=port, query={"ssl": "disable"})
        else:
            server = await asyncio.start_unix_server(wire.connected, Path(folder) / SOCKET)
            near = url.update_query_dict({"host": folder})
        try:
            yield wire, near.render_as_string(hide_password=False)
        finally:
            server.close()
            wire.strike = None
            wire.flowing.set()
            await wire.aborted()
