"""An HTTP client sends exactly the bytes it is given, over connections that it keeps, and reads what comes back."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

ANSWER_SECONDS: Final = 60.0
"""For an answer that is late in any case: a noisy machine is slow, not silent."""

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes = b""
    verb: str = "POST"
    headers: tuple[Header, ...] = ()

    def on_the_wire(self) -> bytes:
        """With the two headers that no call can do without."""
        length = () if self.verb == "GET" and not self.body else (("Content-Length", str(len(self.body))),)
        lines = [f"{name}: {value}" for name, value in (("Host", "gateway"), *self.headers, *length)]
        head = "\r\n".join([f"{self.verb} {self.path} HTTP/1.1", *lines, "", ""])
        return head.encode("utf-8", "surrogateescape") + self.body

    def __str__(self) -> str:
        """Enough to send it again by hand."""
        data = self.on_the_wire()
        return repr(data if len(data) <= 3000 else data[:3000] + b"... of %d" % len(data))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class SilentError(Exception):
    """The connection ended without an answer."""


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, *, head_only: bool = False) -> Answer:
        """The next answer; raises SilentError if the connection ends instead."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    answer = await self._answer(head_only=head_only)
                    if answer.status != 100:
                        return answer
        except (asyncio.IncompleteReadError, ConnectionError) as end:
            raise SilentError(str(end)) from end

    async def _answer(self, *, head_only: bool) -> Answer:
        status_line, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(status_line.split(" ")[1])
        if head_only or status in (100, 204, 304):
            return Answer(status, headers)
        return Answer(status, headers, await self._body(headers))

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readuntil(b"\r\n")
            return body
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        return await self.reader.read()

    async def receive_rest(self) -> bytes:
        """Whatever still comes, until the other side closes."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""

    def close(self) -> None:
        self.writer.close()


class HttpClient:
    """To one gateway."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[Connection] = []

    async def connect(self) -> Connection:
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port, limit=2**20))

    async def exchange(self, request: Request) -> Answer:
        """One call; again on a new connection if a kept one turns out to be closed."""
        kept = bool(self._idle)
        connection = self._idle.pop() if kept else await self.connect()
        connection.send(request.on_the_wire())
        try:
            answer = await connection.receive(head_only=request.verb == "HEAD")
        except SilentError:
            connection.close()
            if not kept:
                raise
            while self._idle:  # as old as this one
                self._idle.pop().close()
            return await self.exchange(request)
        except BaseException:
            connection.close()
            raise
        if answer.headers.get("connection") == "close" or request.verb == "CONNECT":
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    async def exchange_all(self, requests: Iterable[Request]) -> list[Answer | BaseException]:
        """All at once, each on a connection of its own."""
        return await asyncio.gather(*map(self.exchange, requests), return_exceptions=True)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
