"""A payer keeps a connection and lives one life after another on it."""

import asyncio
import time
from typing import Final, Protocol, cast

from bench.answer_check import TryAgainError, WrongError
from bench.lives import WAIT, Life
from bench.tally import LIFE, TRY_AGAIN, Tally
from bench.wire import Cutter

UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What taking an answer apart raises when it is not built as it has to be."""


class LoadClient(Protocol):
    tally: Tally
    pause: float
    """Seconds before a call is repeated whose answer was to try again."""

    def idle(self, payer: "Payer") -> None: ...
    def lost(self, payer: "Payer") -> None: ...


class Payer(asyncio.Protocol):
    def __init__(self, client: LoadClient) -> None:
        self._client = client
        self._tally = client.tally
        self._cutter = Cutter()
        self._transport: asyncio.Transport | None = None
        self._life: Life | None = None
        self._method = ""
        self._planned = self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def begin(self, life: Life, planned: float) -> None:
        """`planned`: when the payer wanted to begin; whatever kept him is part of his wait."""
        self._life = life
        self._planned = self._sent = planned
        self._method, request = next(life)
        self._write(request)

    def data_received(self, data: bytes) -> None:
        try:
            answer = self._cutter.feed(data)
        except ValueError as error:
            self._break_off(str(error))
            return
        if answer is None:
            return
        now = time.perf_counter()
        if self._life is None:
            self._break_off("an answer that nobody asked for")
        elif answer.status != 200:
            self._break_off(f"HTTP status {answer.status}")
        elif answer.closes:
            self._break_off("the server wants to close the connection")
        else:
            self._go_on(self._life, answer.body, now)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._break_off("the connection was lost")

    def close(self) -> None:
        """Nothing that still happens on it matters."""
        transport, self._transport, self._life = self._transport, None, None
        if transport is not None:
            transport.close()

    def _go_on(self, life: Life, body: bytes, now: float) -> None:
        """With the life's next call, or to its end."""
        seconds = now - self._sent
        try:
            method, request = life.send(body)
        except StopIteration:
            self._tally.answered(self._method, seconds)
            self._tally.answered(LIFE, now - self._planned)
            self._end()
        except TryAgainError:
            self._tally.answered(TRY_AGAIN, seconds)
            self._end()
        except (WrongError, *UNREADABLE) as wrong:
            self._tally.was_wrong(f"{self._method}: {wrong}: {body[:200].decode(errors='replace')}")
            self._end()
        else:
            if (method, request) == WAIT:
                self._tally.answered(TRY_AGAIN, seconds)
                asyncio.get_running_loop().call_later(self._client.pause, self._repeat, life)
                return
            self._tally.answered(self._method, seconds)
            self._method, self._sent = method, time.perf_counter()
            self._write(request)

    def _repeat(self, life: Life) -> None:
        if self._life is life:
            self._method, request = next(life)
            self._sent = time.perf_counter()
            self._write(request)

    def _write(self, request: bytes) -> None:
        if self._transport is not None:
            self._transport.write(request)

    def _end(self) -> None:
        self._life = None
        self._client.idle(self)

    def _break_off(self, why: str) -> None:
        """The connection cannot be trusted any more. A quiet one that the server closes is no fault."""
        if self._life is not None:
            self._tally.was_wrong(f"{self._method}: {why}")
        self.close()
        self._client.lost(self)
