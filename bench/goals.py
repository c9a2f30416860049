"""The goals, each a ratio within one run where it can be one, and whether they were reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHARE_OF_LIMIT: Final[Mapping[int, float]] = {16: 0.5, 64: 0.85}
"""By number of payers."""
CPU_OF_RELEASE_BEFORE: Final[Mapping[int, float]] = {16: 0.75, 64: 0.72}
"""Likewise; of gateway and database together, for a life."""
TIMES_LIMITS_LIFE: Final = 3.5
TIMES_BARE: Final = 4.5
TIMES_A_PEER: Final = 8.0
KEPT_WHEN_OLD: Final = 0.85
STATEMENT_MB: Final = 4.0
STATEMENT_STALL_MS: Final = 20.0
FOUND_MS: Final = 100.0
AUDIT_SECONDS: Final = 3.0
AUDITED: Final = 1_000_000
"""Payments for which an audit should take no longer."""
HISTORY_MS: Final = 100.0
WORST_ANSWER_SECONDS: Final = 5.0
KEPT_WHEN_OVERLOADED: Final = 0.8


@dataclass(frozen=True, slots=True)
class Goal:
    goal: str
    wanted: str
    measured: str
    reached: bool


def at_least(goal: str, measured: float, bound: float, unit: str = "×") -> Goal:
    return Goal(goal, f"≥ {bound:g} {unit}", f"{measured:.2f} {unit}", measured >= bound)


def at_most(goal: str, measured: float, bound: float, unit: str = "×") -> Goal:
    return Goal(goal, f"≤ {bound:g} {unit}", f"{measured:.2f} {unit}", measured <= bound)
