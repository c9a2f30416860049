"""A wire between a worker and a receiver that passes so many bytes, and then none: whoever sends is killed there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    REQUEST = "request"
    ANSWER = "answer"


@dataclass(slots=True)
class ByteStrike:
    """`act` is called once so many bytes have passed this way; nothing passes afterwards."""

    way: Way
    at: int
    act: Callable[[], None]
    is_struck: bool = False


class ReceiverWire:
    def __init__(self, port: int) -> None:
        self.port = port
        """Of the receiver."""
        self.url = ""
        self.strike: ByteStrike | None = None
        self.left: list[asyncio.StreamWriter] = []
        """Connections to the receiver that stay open, so that it reads what has passed."""
        self.passed = {Way.REQUEST: b"", Way.ANSWER: b""}
        """On the last connection."""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.port)
        self.passed = dict.fromkeys(Way, b"")
        back = asyncio.create_task(self._pass(Way.ANSWER, theirs, writer))
        try:
            with suppress(OSError):
                await self._pass(Way.REQUEST, reader, ours)
        finally:
            back.cancel()
            writer.transport.abort()
            if self.strike is not None and self.strike.is_struck:
                self.left.append(ours)
            else:
                ours.transport.abort()

    async def _pass(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the sender ends. What has passed before a strike arrives."""
        while chunk := await reader.read(65536):
            strike = self.strike
            if strike is not None and (strike.is_struck or strike.way is way):
                room = 0 if strike.is_struck else max(0, strike.at - len(self.passed[way]))
                strike.is_struck = strike.is_struck or room <= len(chunk)
                chunk = chunk[:room]
            self.passed[way] += chunk
            writer.write(chunk)
            await writer.drain()
            if strike is not None and strike.is_struck:
                strike.act()


@asynccontextmanager
async def wire_to_receiver(port: int) -> AsyncIterator[ReceiverWire]:
    wire = ReceiverWire(port)
    server = await asyncio.start_server(wire.connected, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield wire
    finally:
        server.close()
        for ours in wire.left:
            ours.transport.abort()
