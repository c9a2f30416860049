"""The listener accepts all connections that wait at its socket, not one in each iteration of the event loop.

uvloop (libuv since 1.45) accepts one each time it looks. Under load an iteration is long, and new callers would wait in
the kernel's queue for many seconds, while the others are answered in milliseconds.
"""

import asyncio
import errno
import logging
import socket
from typing import Final

from aiohttp import web

from gateway.server import descriptors
from gateway.server.places import Places
from gateway.throttle.cooldowns import Cooldowns

log = logging.getLogger(__name__)

BACKLOG: Final = 4096
"""Connections that may wait to be accepted; the system may allow fewer (net.core.somaxconn). What is over it is dropped
without an answer, and the caller finds out after seconds."""

RECEIVE_BYTES: Final = 32 * 1024
"""Of a connection that the system takes in before we do; it doubles it. Otherwise it may be megabytes for each, and a
piece of it that we read 256 KiB. A call is a kilobyte."""

ACCEPT_MAX_CONNECTIONS: Final = 64
"""Accepted in one iteration. Where several processes accept from one socket, each gets its part."""

SHED_ANSWERED_CONNECTIONS: Final = 8
"""Closed at once where none waits for its caller."""

OUT_OF_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PAUSE_SECONDS: Final = 0.25
"""Until the next attempt, when no more connections can be held."""

LOG_COOLDOWN_SECONDS: Final = 60.0
"""Between two lines that say so."""

SHED_PAUSE_SECONDS: Final = 0.02
"""The same when some have just been closed to make room: that takes an iteration."""


class Listener(web.BaseSite):
    __slots__ = ("_accepting", "_logged", "_loop", "_pause_timer", "_places", "_socket")

    def __init__(self, runner: web.BaseRunner, listener: socket.socket, places: Places) -> None:
        super().__init__(runner)
        self._socket = listener
        self._places = places
        self._logged = Cooldowns()
        self._loop = asyncio.get_running_loop()
        self._pause_timer: asyncio.TimerHandle | None = None
        self._accepting: set[asyncio.Task[object]] = set()

    @property
    def name(self) -> str:
        return str(self._socket.getsockname())

    async def start(self) -> None:
        await super().start()
        self._socket.setblocking(False)
        self._listen()

    async def stop(self) -> None:
        if self._pause_timer is not None:
            self._pause_timer.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        await super().stop()

    def _listen(self) -> None:
        self._pause_timer = None
        self._loop.add_reader(self._socket.fileno(), self._accept_waiting)

    def _accept_waiting(self) -> None:
        for _ in range(ACCEPT_MAX_CONNECTIONS):
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in OUT_OF_RESOURCES:
                    raise
                if not self._make_room():
                    self._log_refusal(error.strerror)
                return
            is_last = descriptors.is_reserved(connection.fileno())
            if is_last:
                has_room = self._make_room()
                if not has_room and descriptors.is_last_reserve(connection.fileno()):
                    self._log_refusal("only the reserve of file descriptors is left")
                    connection.close()
                    return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._serve_connection(connection))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)
            if is_last:
                return

    def _make_room(self) -> bool:
        """Close connections of callers that have proven nothing; return whether there were any. Pause in any case."""
        shed = sum(self._places.shed() for _ in range(ACCEPT_MAX_CONNECTIONS))
        if not shed:
            shed = sum(self._places.shed_answered() for _ in range(SHED_ANSWERED_CONNECTIONS))
        self._loop.remove_reader(self._socket.fileno())
        self._pause_timer = self._loop.call_later(SHED_PAUSE_SECONDS if shed else PAUSE_SECONDS, self._listen)
        return bool(shed)

    async def _serve_connection(self, connection: socket.socket) -> None:
        server = self._runner.server
        if server is None:  # it has just been stopped
            connection.close()
            return
        await self._loop.connect_accepted_socket(server, connection)

    def _log_refusal(self, reason: str | None) -> None:
        if self._logged.start("accept", "", LOG_COOLDOWN_SECONDS):
            log.error("cannot accept connections", extra={"error": reason, "hint": "raise the limit of open files"})
