"""A gateway that answers with bytes of a test's own, whether or not they are HTTP."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing, suppress

from bench.plan import Plan
from tests.bench.payme_server import PaymeServer

OK_LINE = b"HTTP/1.1 200 OK\r\n"
PLAN = Plan("paid", 1, "/", "key", 1, 3, payers=1, seconds=60.0, warmup=0.0, pause=0.001)
"""Three orders, paid one after another; the port is to be put in."""

Respond = Callable[[bytes], Sequence[bytes]]
"""Of the body of a call makes the pieces of an answer."""


class BadGateway:
    """Sends pieces of its own, each apart from the one before as far as the system lets it."""

    def __init__(self, respond: Respond, pause: float = 0.0) -> None:
        self._respond, self._pause = respond, pause
        self._connections: set[asyncio.Task[None]] = set()
        self.hangs_up = False
        """After the next answer."""

    async def __aenter__(self) -> "BadGateway":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            hangs_up = False
            while not hangs_up:
                head = await reader.readuntil(b"\r\n\r\n")
                pieces = self._respond(await reader.readexactly(int(head.split()[-1])))
                hangs_up, self.hangs_up = self.hangs_up, False
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(self._pause)


def json_answer(text: bytes) -> bytes:
    return OK_LINE + b"Content-Length: %d\r\n\r\n%b" % (len(text), text)


def right(payme: PaymeServer, body: bytes) -> list[bytes]:
    return [json_answer(payme.answer(body))]
