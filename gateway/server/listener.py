"""Takes connections from a listening socket: those that wait, not one a turn of the loop.

uvloop (libuv since 1.45) takes one each time it looks. When there is much to do its turns are long, and new callers
would wait in the kernel's queue for many seconds, while the others are answered in milliseconds.
"""

import asyncio
import errno
import logging
import socket
from typing import Final

from aiohttp import web

log = logging.getLogger(__name__)

BACKLOG: Final = 4096
"""Connections that may wait to be taken; the system may allow fewer (net.core.somaxconn). What is over it is dropped
without a word, and the caller finds out after seconds."""

AT_ONCE: Final = 64
"""Taken in one turn. Where several processes take from one socket, each gets its part."""

FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PAUSE: Final = 1.0
"""Seconds until we look again, when no more connections can be held."""


class Listener(web.BaseSite):
    __slots__ = ("_loop", "_resting", "_socket", "_taking")

    def __init__(self, runner: web.BaseRunner, listener: socket.socket) -> None:
        super().__init__(runner)
        self._socket = listener
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._taking: set[asyncio.Task[object]] = set()

    @property
    def name(self) -> str:
        return str(self._socket.getsockname())

    async def start(self) -> None:
        await super().start()
        self._socket.setblocking(False)
        self._listen()

    async def stop(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        await super().stop()

    def _listen(self) -> None:
        self._resting = None
        self._loop.add_reader(self._socket.fileno(), self._take_those_who_wait)

    def _take_those_who_wait(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as trouble:
                if trouble.errno not in FULL:
                    raise
                self._rest(trouble)
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._take(connection))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _take(self, connection: socket.socket) -> None:
        server = self._runner.server
        if server is None:  # it has just been stopped
            connection.close()
            return
        await self._loop.connect_accepted_socket(server, connection)

    def _rest(self, trouble: OSError) -> None:
        hint = "raise the limit of open files"
        log.error("cannot accept connections", extra={"error": trouble.strerror, "hint": hint})
        self._loop.remove_reader(self._socket.fileno())
        self._resting = self._loop.call_later(PAUSE, self._listen)
