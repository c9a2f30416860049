"""The process frame holds what every process of the gateway shares, from its event loop to its exit status.

`serve` uses it with one process, each of its workers does, and so can a process that serves no calls.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import IntEnum
from typing import Final

log = logging.getLogger(__name__)

NOTICE_SECONDS: Final = 1.0
"""Between "not ready" and closing the listener: a load balancer needs a moment to see it."""

HURRIED_SECONDS: Final = 1.0
"""What is left to work in flight after a second signal."""

Announce = Callable[[], None]
"""Called once the process listens."""


class ExitStatus(IntEnum):
    STOPPED = 0
    FAILED = 1
    """It could not start, or stopped with work unfinished."""
    BOOT_FAILED = 3
    """Of a worker that could not start: gunicorn gives up instead of starting it again and again."""


class StopSignals:
    """SIGTERM and SIGINT as events: the first asks to stop, the second to hurry."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._receive)

    def _receive(self) -> None:
        (self.second if self.first.is_set() else self.first).set()


async def stop_gracefully(
    signals: StopSignals,
    drain_seconds: float,
    begin_draining: Callable[[], object],
    cleanup: Callable[[], Awaitable[None]],
) -> ExitStatus:
    """Say "not ready", wait a moment, then clean up; a second signal cuts both short."""
    log.info("stopping")
    begin_draining()
    with suppress(TimeoutError):
        await asyncio.wait_for(signals.second.wait(), notice_seconds(drain_seconds))
    cleaning = asyncio.ensure_future(cleanup())
    hurry = asyncio.create_task(signals.second.wait())
    await asyncio.wait({cleaning, hurry}, timeout=drain_seconds, return_when=asyncio.FIRST_COMPLETED)
    if not cleaning.done():
        await asyncio.wait({cleaning}, timeout=HURRIED_SECONDS)
    hurry.cancel()
    if not cleaning.done():
        log.warning("stopped with work unfinished")
        cleaning.cancel()
        return ExitStatus.FAILED
    cleaning.result()
    log.info("stopped")
    return ExitStatus.STOPPED


def announce_listening(url: str, processes: int, announce: Announce | None) -> None:
    log.info("listening", extra={"url": url, "processes": processes})
    if announce is not None:
        announce()


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop of uvloop's where it installs, otherwise of asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def notice_seconds(drain_seconds: float) -> float:
    """How long a process that is "not ready" still takes calls."""
    return min(NOTICE_SECONDS, drain_seconds / 2)


def shutdown_seconds(drain_seconds: float) -> float:
    """For calls in flight. aiohttp gives it to them twice, and the journal and the database need a moment as well."""
    return max(0.5, (drain_seconds - NOTICE_SECONDS) * 0.4)
