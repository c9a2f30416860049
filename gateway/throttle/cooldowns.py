"""What was said or done and is not to be repeated before its time."""

from time import monotonic
from typing import Final

MAX_COOLDOWNS: Final = 10_000


class Cooldowns:
    """By place and person. There is a bound to how many are kept in mind."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], float] = {}

    def left(self, where: str, who: str) -> float:
        """Seconds."""
        return max(0.0, self._ends.get((where, who), 0.0) - monotonic())

    def start(self, where: str, who: str, seconds: float) -> bool:
        """Whether it has started: not while it is under way, nor when too many are."""
        if self.left(where, who):
            return False
        if len(self._ends) >= MAX_COOLDOWNS:
            now = monotonic()
            self._ends = {key: end for key, end in self._ends.items() if end > now}
        if len(self._ends) >= MAX_COOLDOWNS:
            return False
        self._ends[where, who] = monotonic() + seconds
        return True
