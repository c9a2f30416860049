"""What every process of the gateway does alike: its event loop, its garbage collector, the time it takes to stop."""

import asyncio
import gc
import socket
from collections.abc import Callable
from typing import Final

NOTICE_SECONDS: Final = 1.0
"""Between "not ready" and closing the listener: whoever spreads the calls needs a moment to see it."""

COLLECT_AFTER: Final = (20_000, 10, 50)
"""Objects made, and rounds of each generation (Python's own: 700, 10, 10)."""

Announce = Callable[[], None]


def new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def collect_rarely() -> None:
    """Let the garbage collector look at what is alive anyway less often: with thousands of connections that is much."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def where(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def time_to_finish(drain_seconds: float) -> float:
    """For calls in flight. aiohttp gives it to them twice, and the journal and the database need a moment as well."""
    return max(0.5, (drain_seconds - NOTICE_SECONDS) * 0.4)
