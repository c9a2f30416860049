"""What the parties ask of a gateway, and what they are told, in nobody's protocol.

A history is written in these words: it can be put to the bare core as commands, or to a gateway over HTTP.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Opens:
    """The shop's order; a balance has no amount. `key`: an idempotency key."""

    account: str
    one_time: bool
    amount: int
    expires_at: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Closes:
    account: str


@dataclass(frozen=True, slots=True)
class Delivers:
    account: str


@dataclass(frozen=True, slots=True)
class Checks:
    """Payme's, and its six others."""

    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Creates:
    name: str
    account: str
    amount: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Performs:
    name: str


@dataclass(frozen=True, slots=True)
class Cancels:
    name: str
    reason: int


@dataclass(frozen=True, slots=True)
class LooksAt:
    name: str


@dataclass(frozen=True, slots=True)
class Fiscalises:
    name: str


@dataclass(frozen=True, slots=True)
class Prepares:
    """Click's, and its Complete in both meanings."""

    number: int
    account: str
    amount: int
    paydoc: int
    declined: bool = False

    @property
    def name(self) -> str:
        return attempt_name(self.number, self.account)


@dataclass(frozen=True, slots=True)
class Completes:
    """`prepared`: the payment whose prepare id Click was given, by its first attempt's name; None for nobody's id."""

    prepared: str | None
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Fails:
    prepared: str | None
    account: str
    error: int


@dataclass(frozen=True, slots=True)
class Lapses:
    """The sweeper's: this payment's lifetime may be over."""

    provider: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Expires:
    """The sweeper's: this order's time may be over."""

    account: str


ShopsCall = Opens | Closes | Delivers
PaymesCall = Checks | Creates | Performs | Cancels | LooksAt | Fiscalises
ClicksCall = Prepares | Completes | Fails
ClocksCall = Lapses | Expires
Call = ShopsCall | PaymesCall | ClicksCall | ClocksCall

CLICK_SERVICE = 54321


def attempt_name(number: int, account: str) -> str:
    return f"{CLICK_SERVICE}:{number}:{account}"


class Facts(NamedTuple):
    """A payment, as it is told."""

    provider: str
    name: str
    """The provider's id of it; of Click's the first attempt's."""
    amount: int
    state: str
    created_at: datetime
    performed_at: datetime | None
    cancelled_at: datetime | None
    reason: int | None


class OrderFacts(NamedTuple):
    state: str
    payments: tuple[Facts, ...]
    """By name."""


class Told(NamedTuple):
    """`word`: ok, repeat, replayed, or the refusal."""

    word: str
    facts: Facts | OrderFacts | None = None
    again: Any = None
    """What an idempotency key was answered at first."""

    @property
    def done(self) -> bool:
        return self.word in ("ok", "repeat", "replayed")
