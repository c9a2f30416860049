"""The log writer has a thread write lines of text, so that a full or blocked target delays no call."""

import os
import select
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

Target = Callable[[bytes], None]

LINES_MAX: Final = 10_000
"""That wait; any more are lost, and counted."""

GATHER_SECONDS: Final = 0.02
"""The thread waits so long for more lines to write at once: to wake it for each costs the caller too much."""

WRITE_MAX_LINES: Final = 500
"""At once."""

APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
FILE_MODE: Final = 0o640
"""Of a log that we make: accounts and providers' ids are not for everybody, and its group may collect it."""

TOO_SLOW: Final = TimeoutError("more lines wait than may")


class LogWriter:
    """A bounded queue of lines, and the daemon thread that empties it. Started by the first line."""

    def __init__(self, target: Target, limit: int = LINES_MAX) -> None:
        self._target = target
        self._limit = limit
        self.lost: Callable[[int], object] = lambda count: None
        """Called with the number of lines that could not be written, by any thread."""
        self.trouble: Callable[[Exception | None], object] = lambda error: None
        """Called when the target begins to fail or to block, and with None when it works again; by any thread."""
        self._reset()
        _writers.add(self)

    def _reset(self) -> None:
        """Be as new. A forked child has neither the parent's thread nor a claim on the parent's lines."""
        self._waiting: deque[bytes] = deque()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = False
        self._failing = False

    def put(self, line: bytes) -> None:
        """Write it soon, or lose it when nothing more fits. Never waits, never raises."""
        if len(self._waiting) >= self._limit:
            self.lost(1)
            self._report(TOO_SLOW)
            return
        self._waiting.append(line)
        if not self._wake.is_set():
            self._wake.set()
            if self._thread is None:
                self._start()

    def close(self, seconds: float) -> None:
        """Write what waits, within so many seconds. A target that blocks is abandoned."""
        self._closing = True
        self._wake.set()
        with self._starting:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _start(self) -> None:
        """Start the thread, once: another writer's thread may report its trouble here, while we are being closed."""
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="log writer", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while not self._closing or self._waiting:
            self._wake.wait()
            if not self._closing:
                time.sleep(GATHER_SECONDS)
            self._wake.clear()
            self._write_all()

    def _write_all(self) -> None:
        while self._waiting:
            lines = [self._waiting.popleft() for _ in range(min(len(self._waiting), WRITE_MAX_LINES))]
            try:
                self._target(b"".join(lines))
            except Exception as error:  # whatever it is, the next lines are tried again
                self.lost(len(lines))
                self._report(error)
            else:
                if not self._waiting:  # a slow target would otherwise fail and work again with each batch
                    self._report(None)

    def _report(self, error: Exception | None) -> None:
        if self._failing != (error is not None):
            self._failing = error is not None
            self.trouble(error)


def to_descriptor(descriptor: int) -> Target:
    """Make a target of an open file, pipe or terminal; lines are written whole, and waited for where it is slow."""

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                _wait_until_writable(descriptor)

    return write


def _wait_until_writable(descriptor: int) -> None:
    poll = select.poll()  # `select` takes no descriptor above 1,023
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


def to_file(path: Path) -> Target:
    """Make a target of the end of a file, opened each time: it may be rotated, removed or out of reach for a while."""

    def write(data: bytes) -> None:
        descriptor = os.open(path, APPEND, FILE_MODE)
        try:
            to_descriptor(descriptor)(data)
        finally:
            os.close(descriptor)

    return write


def why_not_writable(path: Path) -> str | None:
    """Say what keeps a file from being written, or None. It is made if it is not there; a pipe is not waited for."""
    try:
        os.close(os.open(path, APPEND | os.O_NONBLOCK, FILE_MODE))
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


_writers: weakref.WeakSet[LogWriter] = weakref.WeakSet()


def _reset_all() -> None:
    for writer in list(_writers):
        writer._reset()


os.register_at_fork(after_in_child=_reset_all)
