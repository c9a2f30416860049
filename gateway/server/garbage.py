"""The garbage collector passes rarely, because with thousands of connections there is much to look at; and it passes
when callers may have left much behind, which it would not notice: it counts objects, not bytes."""

import asyncio
import gc
from time import monotonic
from typing import Final

COLLECT_AFTER: Final = (20_000, 10, 50)
"""Objects made, and rounds of each generation (Python's own: 700, 10, 10)."""

COLLECT_AFTER_BYTES: Final = 64 * 1024 * 1024
"""From callers that have proven nothing. What an honest caller leaves behind is freed as it goes."""

COLLECT_AFTER_SECONDS: Final = 10.0
"""Where there were fewer, and more than a few."""

FEW_BYTES: Final = 1024 * 1024
"""First calls of honest callers, and what looks whether we live."""


def collect_rarely() -> None:
    """Let the garbage collector look at what is alive anyway less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class GarbageByBytes:
    """Collects garbage by what unproven callers have sent."""

    def __init__(self) -> None:
        self._bytes = 0
        self._collected_at = monotonic()

    def received(self, count: int) -> None:
        """Note so many bytes, and have garbage collected when they are enough: not before the calls of now are read."""
        self._bytes += count
        if self._bytes < FEW_BYTES:
            return
        if self._bytes >= COLLECT_AFTER_BYTES or monotonic() - self._collected_at >= COLLECT_AFTER_SECONDS:
            self._bytes = 0
            self._collected_at = monotonic()
            asyncio.get_running_loop().call_soon(gc.collect)
