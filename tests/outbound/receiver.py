"""A shop's receiver that answers as a test says: bytes on a loopback socket, well-formed or not."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

Answer = bytes | Callable[["Receiver", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 204, body: bytes = b"", **headers: Any) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items())]
    if status not in (204, 304) and status >= 200:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Receiver:
    """Answers every request alike; with `tls` by https."""

    def __init__(self, says: Answer = answer(), tls: ssl.SSLContext | None = None, greets: bytes = b"") -> None:
        self._says, self._tls, self._greets = says, tls, greets
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.written = 0
        """Bytes of an endless answer that somebody took."""
        self.hung_up = asyncio.Event()
        """The gateway has ended a connection."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Receiver":
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, host: str = "127.0.0.1", path: str = "/webhooks") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    @property
    def headers(self) -> dict[str, str]:
        """Of the last request, by names in lower case."""
        pairs = (line.split(": ", 1) for line in self.heads[-1].split("\r\n")[1:] if line)
        return {name.lower(): text for name, text in pairs}

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                writer.write(self._greets)
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                    self.heads.append(head)
                    self.bodies.append(await reader.readexactly(int(length[1]) if length else 0))
                    if isinstance(self._says, bytes):
                        writer.write(self._says)
                        await writer.drain()
                    else:
                        await self._says(self, reader, writer)
        finally:
            self.hung_up.set()
            writer.transport.abort()


def endless(begins: bytes, goes_on: bytes, pause_seconds: float = 0) -> Answer:
    """Until the other side hangs up, or has taken more than anybody should."""

    async def behave(receiver: Receiver, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        while receiver.written < 64 * 2**20:
            writer.write(goes_on)
            await writer.drain()
            receiver.written += len(goes_on)
            await asyncio.sleep(pause_seconds)

    return behave


async def silence(_: Receiver, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await reader.read()
    raise ConnectionResetError


def hangs_up(after: bytes = b"", reset: bool = False) -> Answer:
    async def behave(_: Receiver, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await writer.drain()
        if reset:
            writer.transport.abort()
        writer.close()
        raise ConnectionResetError

    return behave
