"""A shop's webhook receiver that does next to nothing: keeps when each event came, and says so when it is asked.

Lean, because it shares the machine with what it measures; signatures are not verified.
"""

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from typing import Final, cast

import orjson

ARRIVALS: Final = "/arrivals"
"""GET: what has come since it was last asked for, each with the path, the event's id, and seconds since 1970."""

REQUEST_LINE: Final = re.compile(rb"(GET|POST) (\S+) ")
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
EVENT_ID: Final = re.compile(rb"\r\nwebhook-id: *evt_(-?\d+)", re.IGNORECASE)
NO_CONTENT: Final = b"HTTP/1.1 204 No Content\r\n\r\n"

Arrival = tuple[str, int, float]


class ReceiverProtocol(asyncio.Protocol):
    """One connection."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end]
            length = LENGTH.search(head)
            after = end + 4 + (int(length[1]) if length else 0)
            if len(self._unread) < after:
                return
            self._unread = self._unread[after:]
            self._answer(head, now)

    def _answer(self, head: bytes, now: float) -> None:
        assert self._transport is not None
        request, event = REQUEST_LINE.match(head), EVENT_ID.search(head)
        if request is None or (request[1] == b"POST" and event is None):
            self._transport.close()
        elif event is not None:
            self._arrivals.append((request[2].decode(), int(event[1]), now))
            self._transport.write(NO_CONTENT)
        else:
            self._transport.write(_as_answer(self._arrivals))
            self._arrivals.clear()


def _as_answer(arrivals: Sequence[Arrival]) -> bytes:
    body = orjson.dumps(arrivals)
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def receive(port: int) -> None:
    arrivals: list[Arrival] = []
    await asyncio.get_running_loop().create_server(lambda: ReceiverProtocol(arrivals), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(receive(int(sys.argv[1])))
