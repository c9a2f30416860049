"""What a suite is made of: checks, each of them rows of a call and the words that it must answer.

A value that begins with `$` stands for something that is known only while a check runs: `$order`, `$t`, `$now`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tiyin_sandbox.engine.answer import Answer

Language = Literal["ru", "uz", "en"]
Kind = Literal["one_time", "accumulative"]
Codes = int | frozenset[int] | str
"""One code, any of several, or a placeholder such as `$busy`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call. With both `result` and `error`, either will do."""

    call: str
    params: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    """Words that the result must hold, at least: values, placeholders or a `Word`."""
    error: Codes | None = None
    twice: bool = False
    """Sent again, as a repeat of the same call: the answer must be the same to the byte."""
    how: Mapping[str, Any] = field(default_factory=dict)
    """How it is sent, where that is unusual; in the caller's own words (see the caller of the protocol)."""
    keep: Mapping[str, str] = field(default_factory=dict)
    """What later steps may say: placeholder -> name of the answer's word."""
    say: str | None = None
    """What the report calls it, where the call's name says too little."""


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that are sent at once. Each must answer its own words, and all of them must keep the rule."""

    steps: tuple[Step, ...]
    rule: Callable[[Sequence["Answer"]], str | None] | None = None
    """What is wrong with the answers taken together, or None."""
    say: str = "at once"


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Deed:
    """What only the shop itself can do with an order: `cancel`, `deliver`. Needs orders that know how."""

    verb: str
    order: str = "$order"


Row = Step | Together | Pause | Deed


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: passed if every row is as it must be. Stands on its own: brings its orders with it."""

    id: str
    """Stable: `payme.1.5`, `payme.A7`."""
    name_ru: str
    name_uz: str
    name_en: str
    group: str
    steps: tuple[Row, ...]
    needs: tuple[str, ...] = ("$order",)
    """Placeholders of the fresh orders that it needs."""
    spends: bool = True
    """False: it leaves the order as it was, so that the next check may have it."""
    strict: bool = False
    """More than the provider's own test cabinet tries."""
    kind: Kind | None = None
    """Makes sense for this kind of order only."""
    goes_on: bool = False
    """The rows don't build on each other: after a wrong answer, the rest is tried all the same."""
    beside: bool = False
    """Waits for long: may run beside the others."""

    def name(self, language: Language) -> str:
        return {"ru": self.name_ru, "uz": self.name_uz, "en": self.name_en}[language]

    @property
    def deeds(self) -> frozenset[str]:
        """What the shop must be able to do for it."""
        return frozenset(row.verb for row in self.steps if isinstance(row, Deed))


@dataclass(frozen=True, slots=True)
class Group:
    """A menu item of the test cabinet."""

    id: str
    name_ru: str
    name_uz: str
    name_en: str
    section: str = ""
    """The part of the menu that it stands in."""

    def name(self, language: Language) -> str:
        return {"ru": self.name_ru, "uz": self.name_uz, "en": self.name_en}[language]


@dataclass(frozen=True, slots=True)
class Suite:
    id: str
    """`payme`, `click`."""
    groups: tuple[Group, ...]
    checks: tuple[Check, ...]

    def chosen(self, groups: Sequence[str] = (), *, strict: bool = False, kind: Kind = "one_time") -> tuple[Check, ...]:
        """Those that were asked for; no group means all. A group of strict checks only is strict by being named."""
        return tuple(
            check
            for check in self.checks
            if (not groups or check.group in groups)
            and (strict or not check.strict or (check.group in groups and self._is_strict(check.group)))
            and check.kind in (None, kind)
        )

    def _is_strict(self, group: str) -> bool:
        return all(check.strict for check in self.checks if check.group == group)


def orders_needed(checks: Sequence[Check], kind: Kind = "one_time") -> int:
    """How many fresh orders these checks use up. One balance is enough for all."""
    spent = sum(len(check.needs) for check in checks if check.spends)
    shared = max((len(check.needs) for check in checks if not check.spends), default=0)
    return min(spent + shared, 1) if kind == "accumulative" else spent + shared
