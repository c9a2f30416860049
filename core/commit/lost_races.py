"""Lost races are logged where there are many of them: one now and then is two processes at the same new order."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.commit.batch_names import external_ref_of, order_ref_of
from core.domain.commands import Command
from schema.test_mode import split

log = logging.getLogger(__name__)

STORM_LOST_RACES: Final = 30
"""Within STORM_SECONDS, in one process."""

STORM_SECONDS: Final = 60.0

COOLDOWN_SECONDS: Final = 60.0
"""In which it is not said again."""

ORDERS_MAX: Final = 3
"""That are named."""

CHANGED_HINT: Final = (
    "rows are not as they were read under a lock: does anything else change the gateway's tables, such as a trigger or"
    " a script? `tiyin audit` says whether the books hold"
)
EXISTS_HINT: Final = (
    "rows are there already: are the same calls sent twice, to two processes at the same moment? Then nothing is wrong"
    " with the books, which `tiyin audit` can say"
)


class _LostRace(NamedTuple):
    at: float
    """By the event loop's clock."""
    commands: Sequence[Command]
    constraint: str | None


class LostRaces:
    """Counts the lost races of the last minute."""

    def __init__(self) -> None:
        self._last: deque[_LostRace] = deque(maxlen=STORM_LOST_RACES)
        self._quiet_until = -math.inf

    def note(self, error: BaseException, commands: Sequence[Command]) -> None:
        """Note one that these commands have lost together, and log a storm."""
        now = asyncio.get_running_loop().time()
        self._last.append(_LostRace(now, commands, getattr(error, "constraint_name", None)))
        is_storm = len(self._last) == STORM_LOST_RACES and now - self._last[0].at <= STORM_SECONDS
        if is_storm and now >= self._quiet_until:
            self._quiet_until = now + COOLDOWN_SECONDS
            self._log()

    def _log(self) -> None:
        closest = min(self._last, key=lambda lost: len(lost.commands))  # with the fewest who have nothing to do with it
        log.warning(
            "many races lost",
            extra={
                "lost_races": len(self._last),
                "seconds": STORM_SECONDS,
                "constraint": closest.constraint,
                "orders": [_named(command) for command in closest.commands[:ORDERS_MAX]],
                "hint": EXISTS_HINT if closest.constraint else CHANGED_HINT,
            },
        )


def _named(command: Command) -> dict[str, object]:
    order, payment = order_ref_of(command), external_ref_of(command)
    ref = order or payment
    shop, test = split(ref.shop) if ref else (None, False)
    named = {"account": order.account} if order else {"external_id": payment.external_id if payment else None}
    return {"shop": shop, "test": test, **named}
