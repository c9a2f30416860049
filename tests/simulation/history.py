"""A random history from one seed: parties that call, a network that loses and reorders, a clock, crashes."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random

from tests.simulation.calls import Call, Outcome
from tests.simulation.payers import ClickPayer, Party, PaymePayer
from tests.simulation.shopkeeper import Shopkeeper

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

TOGETHER_MAX_CALLS = 6
"""Calls that come so close together that one transaction may take them all."""

LENGTHS = (8, 12, 16, 16, 20, 30)
"""Steps; a short history is read in a minute when it fails, a long one finds what needs several lives."""

CLOCK_STEPS = (
    *(MILLISECOND, timedelta(minutes=7), timedelta(minutes=11), timedelta(hours=1), timedelta(hours=12)),
    *(timedelta(hours=1, milliseconds=1), timedelta(hours=12, milliseconds=1), timedelta(minutes=-20)),
)


class Crash(Enum):
    """What became of the transaction that was under way when the process died."""

    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True)
class CallsTogether:
    """Calls that arrive at once. None is answered when the process crashes; otherwise all but the lost ones."""

    calls: tuple[Call, ...]
    lost: frozenset[int] = frozenset()
    crash: Crash | None = None


@dataclass(frozen=True)
class ClockStep:
    by: timedelta


@dataclass(frozen=True)
class Sweep:
    pass


Step = CallsTogether | ClockStep | Sweep
Outcomes = Sequence[Outcome | None]
History = Generator[Step, Outcomes, None]
"""Yields a step; after CallsTogether it is sent the answers, None for those that were lost."""


def history(seed: int, together_max: int = TOGETHER_MAX_CALLS, crashes: float = 0.07) -> History:
    """One history. The same seed and the same answers make the same one. `crashes`: how often there is one."""
    rng = Random(seed)
    now = START
    accounts = [f"{seed}-{n}" for n in range(rng.choice((1, 1, 2)))]
    seen: list[tuple[str, str]] = []
    parties: list[Party] = [Shopkeeper(rng, account, now, seen) for account in accounts]
    for n in range(rng.choice((1, 2, 2, 3, 4, 5))):
        account, elsewhere = rng.choice(accounts), rng.choice([*accounts, f"{seed}-nowhere"])
        if rng.random() < 0.5:
            parties.append(PaymePayer(rng, f"{seed:020x}{n:04x}", account, elsewhere, now))
        else:
            parties.append(ClickPayer(rng, seed * 10 + n + 1, account, elsewhere, now))
    network: list[tuple[Party, Call]] = []
    if rng.random() < 0.9:  # otherwise the first payers come before the shop
        _send(rng, parties[: len(accounts)], network, now)
        yield from _arrive(rng, network, together_max, crash=False)
    for _ in range(rng.choice(LENGTHS)):
        chance = rng.random()
        if chance < 0.15:
            by = _clock_step(rng, parties, now)
            now += by
            yield ClockStep(by)
        elif chance < 0.20:
            yield Sweep()
        else:
            _send(rng, parties, network, now)
            yield from _arrive(rng, network, together_max, crash=chance > 1 - crashes)
    # Every lifetime ends at last, and nothing may be left hanging.
    yield ClockStep(timedelta(hours=21))
    yield Sweep()
    yield Sweep()  # an order whose last holder the first one ended


def _send(rng: Random, parties: Sequence[Party], network: list[tuple[Party, Call]], now: datetime) -> None:
    for party in parties:
        if rng.random() < 0.7 and (call := party.next_call(now)) is not None:
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
        yield CallsTogether(calls, crash=rng.choice(list(Crash)))
        return
    lost = frozenset(n for n in range(many) if rng.random() < 0.15)
    outcomes = yield CallsTogether(calls, lost)
    for (party, call), outcome in zip(arriving, outcomes, strict=True):
        if outcome is not None:
            party.receives(call, outcome)
    if rng.random() < 0.2:
        network[:] = [message for message in network if rng.random() < 0.7]  # never arrive


def _clock_step(rng: Random, parties: Sequence[Party], now: datetime) -> timedelta:
    """To any time, or to the very moment when something that has begun ends, or may be ended."""
    deadlines = [deadline for party in parties for deadline in party.deadlines if deadline > now]
    if deadlines and rng.random() < 0.6:
        return rng.choice(deadlines) - now + rng.choice((-MILLISECOND, timedelta(0), MILLISECOND))
    return rng.choice(CLOCK_STEPS)
