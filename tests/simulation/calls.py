"""Calls of the parties and their outcomes, in no protocol's words.

A history is written in these: it can be run on the core in memory as commands, or on a gateway over HTTP.
"""

from collections.abc import Mapping
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
    strict: bool = False
    """Whether its expiry ends what was begun before, too."""


@dataclass(frozen=True, slots=True)
class Closes:
    account: str
    release: bool = False
    """Whether the attempt that holds it is ended first."""


@dataclass(frozen=True, slots=True)
class Amends:
    """New values of some of the order's `Terms`, by name."""

    account: str
    changes: Mapping[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reopens:
    """Until `expires_at`; or with the expiry that it had, if it is `KEPT`."""

    account: str
    expires_at: datetime | str | None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Releases:
    """Ends an attempt that its payer has left: the one there is, or the payment of this provider and name."""

    account: str
    payment: tuple[str, str] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Delivers:
    account: str


@dataclass(frozen=True, slots=True)
class Checks:
    """Payme's first method; the next five are its others."""

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
    kind: str | None = "PERFORM"
    """As Payme writes it; None: it says nothing of it."""
    status: int = 0
    """0: the tax office has registered it."""


@dataclass(frozen=True, slots=True)
class Prepares:
    """Click's, and its Complete in both meanings."""

    number: int
    account: str
    amount: int
    paydoc: int | None
    declined: bool = False

    @property
    def name(self) -> str:
        return attempt_name(self.number, self.account)


@dataclass(frozen=True, slots=True)
class Completes:
    """`prepared`: the payment whose prepare id Click sends, by its first attempt's name; None for an unknown id.

    `number` and `paydoc` are Click's own, by which alone it names the attempt where it sends `NO_ID`. A call may come
    without a paydoc.
    """

    prepared: str | None
    account: str
    amount: int
    number: int
    paydoc: int | None

    @property
    def name(self) -> str:
        return attempt_name(self.number, self.account)


@dataclass(frozen=True, slots=True)
class Fails:
    prepared: str | None
    account: str
    error: int
    number: int
    paydoc: int | None

    @property
    def name(self) -> str:
        return attempt_name(self.number, self.account)


@dataclass(frozen=True, slots=True)
class ExpiresPayment:
    """The sweeper's: this payment may have expired."""

    provider: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ExpiresOrder:
    """The sweeper's: this order may have expired."""

    account: str


ShopCall = Opens | Closes | Amends | Reopens | Releases | Delivers
PaymeCall = Checks | Creates | Performs | Cancels | LooksAt | Fiscalises
ClickCall = Prepares | Completes | Fails
SweeperCall = ExpiresPayment | ExpiresOrder
Call = ShopCall | PaymeCall | ClickCall | SweeperCall

CLICK_SERVICE = 54321
NO_ID = ""
"""Of a prepare id that Click never learnt."""
NOBODYS = ("nobody", "")
"""Of a payment that the shop never saw."""
KEPT = "kept"


def attempt_name(number: int, account: str) -> str:
    return f"{CLICK_SERVICE}:{number}:{account}"


class Facts(NamedTuple):
    """A payment, as a caller sees it."""

    provider: str
    name: str
    """The provider's id of it; of Click's the first attempt's."""
    amount: int
    state: str
    created_at: datetime
    performed_at: datetime | None
    cancelled_at: datetime | None
    reason: int | None


class Terms(NamedTuple):
    """What an order asks for, as its shop sees it. Its receipt has one line at most."""

    amount: int | None
    """None: a balance's."""
    min_amount: int | None = None
    max_amount: int | None = None
    expires_at: datetime | None = None
    description: str | None = None
    items: int | None = None
    """The price of its line."""
    shipping: int | None = None
    """Its price."""


class OrderFacts(NamedTuple):
    state: str
    payments: tuple[Facts, ...]
    """By name."""
    terms: Terms
    has_links: bool
    """Whether its payer can be sent to the checkout."""


class Outcome(NamedTuple):
    """`word`: ok, repeat, replayed, or the refusal."""

    word: str
    facts: Facts | OrderFacts | None = None
    first: Any = None
    """The first answer under an idempotency key."""

    @property
    def done(self) -> bool:
        return self.word in ("ok", "repeat", "replayed")
