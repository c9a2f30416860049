"""Cooldowns are times in which something is not to be done again."""

from time import monotonic
from typing import Final

COOLDOWNS_MAX: Final = 10_000


class Cooldowns:
    """Holds cooldowns by place and caller, up to a bound."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], float] = {}

    def left(self, where: str, who: str) -> float:
        """Seconds until it ends; 0: there is none."""
        return max(0.0, self._ends.get((where, who), 0.0) - monotonic())

    def start(self, where: str, who: str, seconds: float) -> bool:
        """Start one. False while it lasts already, or when there are too many."""
        if self.left(where, who):
            return False
        if len(self._ends) >= COOLDOWNS_MAX:
            now = monotonic()
            self._ends = {key: end for key, end in self._ends.items() if end > now}
        if len(self._ends) >= COOLDOWNS_MAX:
            return False
        self._ends[where, who] = monotonic() + seconds
        return True
