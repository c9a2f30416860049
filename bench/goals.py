"""The goals, each a ratio within one run where it can be one, and whether they were reached."""

from dataclasses import dataclass
from typing import Final

SHARE_OF_LIMIT: Final = 0.5
TIMES_A_PEER: Final = 15.0
LIFE_MS: Final = 12.0
TIMES_BARE: Final = 4.0
KEPT_WHEN_OLD: Final = 0.8
STATEMENT_MB: Final = 40.0
STATEMENT_STALL_MS: Final = 25.0
FOUND_MS: Final = 100.0
AUDIT_SECONDS: Final = 2.0
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
