"""Bounds that are promised, with what a machine that does other things as well may add."""

from typing import Final

ANSWER_SECONDS: Final = 10.0
"""An answer is promised within five seconds. Twice that tells it apart from what has no bound: here rows, tables and
networks are held for longer."""

RECOVERY_SECONDS: Final = 10.0
"""After trouble a gateway goes on by itself: within half a second, as measured, and at once as soon as it tries again.
One that doesn't would need a restart."""
