"""A random history, whole from one seed: parties that ask, a network that loses and reorders, a clock, crashes."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random

from tests.simulation.calls import Call, Told
from tests.simulation.payers import ClicksPayer, Party, PaymesPayer
from tests.simulation.shopkeeper import Shopkeeper

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

MOST_TOGETHER = 6
"""Calls that come so close together that one transaction may take them all."""

LENGTHS = (8, 12, 16, 16, 20, 30)
"""Steps; a short history is read in a minute when it fails, a long one finds what needs several lives."""

LEAPS = (
    *(MILLISECOND, timedelta(minutes=7), timedelta(hours=1), timedelta(hours=12)),
    *(timedelta(hours=1, milliseconds=1), timedelta(hours=12, milliseconds=1), timedelta(minutes=-20)),
)


class Crash(Enum):
    """What became of the transaction that was under way when the process died."""

    COMMITTED = "committed"
    UNDONE = "undone"


@dataclass(frozen=True)
class Together:
    """Calls that arrive at once. Nobody is answered when the process crashes; otherwise all but the lost ones."""

    calls: tuple[Call, ...]
    lost: frozenset[int] = frozenset()
    crash: Crash | None = None


@dataclass(frozen=True)
class ClockMoves:
    by: timedelta


@dataclass(frozen=True)
class Sweeps:
    pass


Step = Together | ClockMoves | Sweeps
Answers = Sequence[Told | None]
History = Generator[Step, Answers, None]
"""Yields a step; after Together it is sent the answers, None for those that were lost."""


def history(seed: int, most_together: int = MOST_TOGETHER, crashes: float = 0.07) -> History:
    """One history. The same seed and the same answers make the same one. `crashes`: how often there is one."""
    rng = Random(seed)
    now = START
    accounts = [f"{seed}-{n}" for n in range(rng.choice((1, 1, 2)))]
    parties: list[Party] = [Shopkeeper(rng, account, now) for account in accounts]
    for n in range(rng.choice((1, 2, 2, 3, 4, 5))):
        account, elsewhere = rng.choice(accounts), rng.choice([*accounts, f"{seed}-nowhere"])
        if rng.random() < 0.5:
            parties.append(PaymesPayer(rng, f"{seed:020x}{n:04x}", account, elsewhere))
        else:
            parties.append(ClicksPayer(rng, seed * 10 + n + 1, account, elsewhere))
    network: list[tuple[Party, Call]] = []
    if rng.random() < 0.9:  # otherwise the first payers come before the shop
        _ask(rng, parties[: len(accounts)], network, now)
        yield from _arrive(rng, network, most_together, crash=False)
    for _ in range(rng.choice(LENGTHS)):
        chance = rng.random()
        if chance < 0.15:
            leap = _leap(rng, parties, now)
            now += leap
            yield ClockMoves(leap)
        elif chance < 0.20:
            yield Sweeps()
        else:
            _ask(rng, parties, network, now)
            yield from _arrive(rng, network, most_together, crash=chance > 1 - crashes)
    # Every lifetime ends at last, and nothing may be left hanging.
    yield ClockMoves(timedelta(hours=21))
    yield Sweeps()
    yield Sweeps()  # an order whose last holder the first one ended


def _ask(rng: Random, parties: Sequence[Party], network: list[tuple[Party, Call]], now: datetime) -> None:
    for party in parties:
        if rng.random() < 0.7 and (call := party.wants(now)) is not None:
            network.append((party, call))


def _arrive(rng: Random, network: list[tuple[Party, Call]], most: int, *, crash: bool) -> History:
    """Some of what is under way, in any order; some of it stays under way and comes again."""
    rng.shuffle(network)
    many = min(len(network), rng.randint(1, most))
    if not many:
        return
    arriving = network[:many]
    network[:many] = [message for message in arriving if rng.random() < 0.1]
    calls = tuple(call for _, call in arriving)
    if crash:
        yield Together(calls, crash=rng.choice(list(Crash)))
        return
    lost = frozenset(n for n in range(many) if rng.random() < 0.15)
    answers = yield Together(calls, lost)
    for (party, call), told in zip(arriving, answers, strict=True):
        if told is not None:
            party.hears(call, told)
    if rng.random() < 0.2:
        network[:] = [message for message in network if rng.random() < 0.7]  # never arrive


def _leap(rng: Random, parties: Sequence[Party], now: datetime) -> timedelta:
    """Somewhere, or to the very edge of something that has begun."""
    edges = [edge for party in parties if (edge := party.edge) is not None and edge > now]
    if edges and rng.random() < 0.6:
        return rng.choice(edges) - now + rng.choice((-MILLISECOND, timedelta(0), MILLISECOND))
    return rng.choice(LEAPS)
