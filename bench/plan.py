"""What the load client is asked to do, and what it reports: JSON on its way in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import orjson

AMOUNT_TIYIN: Final = 50_000
"""Of every order."""

FIRST_GUESS: Final = 2_000
"""Lives in a second, before any were counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One window of load on one server."""

    life: str
    """What happens to each order: a name in `bench.lives.LIVES`."""
    port: int
    path: str
    secret: str
    first: int
    """The orders are known by their numbers, from this one on."""
    orders: int
    """So many of them may be used up; each is used once."""
    payers: int
    """Connections, each with one call under way at most."""
    seconds: float
    warmup: float = 1.0
    """Seconds before the window; what happens in them is verified, but not counted."""
    rate: float = 0.0
    """Lives begun in a second, whatever becomes of the others; 0: each payer begins when his last one has ended."""
    pause: float = 1.0
    """Seconds before a call is repeated whose answer was to try again."""
    amount: int = AMOUNT_TIYIN
    account: str = "order_id"
    """What Payme's account field is called."""
    watched: Mapping[str, int] = field(default_factory=dict)
    """By name: processes whose CPU is measured over the window, each with its descendants."""

    def dump(self) -> bytes:
        return orjson.dumps(asdict(self))

    @staticmethod
    def read(text: bytes) -> "Plan":
        return Plan(**orjson.loads(text))


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of one method, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    most: float

    @staticmethod
    def of(seconds: Sequence[float]) -> "Spread":
        """`seconds`: at least one."""
        ordered = sorted(seconds)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)

        return Spread(len(ordered), at(0.5), at(0.9), at(0.99), round(ordered[-1] * 1000, 3))


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a plan. Counts and times are of the window, but every wrong answer counts whenever it came."""

    seconds: float
    lives: int
    lives_per_second: float
    requests: int
    orders_used: int
    us_per_request: Mapping[str, float]
    """CPU of each watched process, per request of the window."""
    try_again: int = 0
    """Answers that asked to try again."""
    wrong: int = 0
    wrongs: Sequence[str] = ()
    """The first few wrong answers."""
    orders_lacking: bool = False
    """They ran out: the figures are those of a shorter window."""
    left_over: int = 0
    """Lives begun that had not ended seconds after the window, or never found a connection."""
    client_us_per_life: float = 0.0
    times: Mapping[str, Spread] = field(default_factory=dict)
    """By method; `life` is a whole life, from its planned beginning, and `try again` are such answers."""

    def us_per_life(self, *names: str) -> float:
        """CPU of these watched processes together, per life."""
        return sum(self.us_per_request[name] for name in names) * self.requests / max(self.lives, 1)

    def dump(self) -> bytes:
        return orjson.dumps(asdict(self))

    @staticmethod
    def read(text: bytes) -> "Figures":
        values = orjson.loads(text)
        values["times"] = {name: Spread(**spread) for name, spread in values["times"].items()}
        return Figures(**values)
