"""A suite is made of checks, a check of steps: a call, and what it must be answered.

A value that begins with `$` stands for something that is known only while a check runs: `$order`, `$t`, `$now`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

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
    """The fields that the result must have, at least: values, placeholders or a `Matcher`."""
    error: Codes | None = None
    twice: bool = False
    """Sent again, as a repeat of the same call: the answer must be the same to the byte."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What is unusual about how it is sent; each protocol has its own (its request.py, its verification.py)."""
    keep: Mapping[str, str] = field(default_factory=dict)
    """What later steps may use: placeholder -> name of the answer's field."""
    label: str | None = None
    """What the report calls it, where the call's name says too little."""


@dataclass(frozen=True, slots=True)
class ConcurrentSteps:
    """Calls that are sent at once. Each must be answered as expected, and all answers together must keep the rule."""

    steps: tuple[Step, ...]
    rule: Callable[[Sequence[Answer]], str | None] | None = None
    """What is wrong with the answers taken together, or None."""
    label: str = "at once"


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that passes."""

    seconds: float | str
    """A placeholder stands for a period of the gateway's own settings, which somebody has to say."""
    cure: str = ""
    """What to say where nobody did: how to have the check run after all."""


@dataclass(frozen=True, slots=True)
class ShopAction:
    """What only the shop itself can do with an order: a verb of `Orders`. Needs orders that know how."""

    verb: str
    terms: Mapping[str, Any] = field(default_factory=dict)
    """Of `amend`: the order's new `amount`, in tiyin."""
    order: str = "$order"


AnyStep = Step | ConcurrentSteps | Pause | ShopAction


@dataclass(frozen=True, slots=True)
class _Named:
    """What the report names in the language of its reader."""

    id: str
    """Stable: `payme.1.5`, `payme.A7`; of a group: `create`, `races`."""
    name_ru: str
    name_uz: str
    name_en: str

    def name(self, language: Language) -> str:
        return {"ru": self.name_ru, "uz": self.name_uz, "en": self.name_en}[language]


@dataclass(frozen=True, slots=True)
class Check(_Named):
    """One line of the report: passed if every step is answered as expected. It has orders of its own."""

    group: str
    steps: tuple[AnyStep, ...]
    needs: tuple[str, ...] = ("$order",)
    """Placeholders of the fresh orders that it needs."""
    expires_in: float | None = None
    """Seconds from the opening of its orders to their end, which ends what was begun before, too. Needs orders that
    know how."""
    consumes_orders: bool = True
    """False: it leaves the order as it was, so that the next check may have it."""
    strict: bool = False
    """More than the provider's own test cabinet tries."""
    kind: Kind | None = None
    """Makes sense for this kind of order only."""
    continue_on_failure: bool = False
    """The steps don't build on each other: after a wrong answer, the rest is tried all the same."""
    in_background: bool = False
    """It waits for long, and runs beside the others."""

    @property
    def shop_actions(self) -> frozenset[str]:
        """The actions of the shop that it needs."""
        done = frozenset(row.verb for row in self.steps if isinstance(row, ShopAction))
        return done if self.expires_in is None else done | {"expire"}

    @property
    def pauses(self) -> tuple[Pause, ...]:
        return tuple(row for row in self.steps if isinstance(row, Pause))


@dataclass(frozen=True, slots=True)
class Group(_Named):
    """A menu item of the test cabinet."""

    section: str = ""
    """The part of the menu that it stands in."""


@dataclass(frozen=True, slots=True)
class Suite:
    id: str
    """`payme`, `click`."""
    groups: tuple[Group, ...]
    checks: tuple[Check, ...]

    def chosen(self, groups: Sequence[str] = (), *, strict: bool = False, kind: Kind = "one_time") -> tuple[Check, ...]:
        """Choose checks by their groups; no group means all. A group of strict checks only is strict by being named."""
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
    """Count the fresh orders that these checks use up. One balance is enough for all."""
    spent = sum(len(check.needs) for check in checks if check.consumes_orders)
    shared = max((len(check.needs) for check in checks if not check.consumes_orders), default=0)
    return min(spent + shared, 1) if kind == "accumulative" else spent + shared
