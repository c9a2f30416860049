"""The only way in: what can be asked of the core. A command names the rows that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from schema.values import Actor, OrderKind, Provider, Tiyin


@dataclass(frozen=True, slots=True)
class ExternalPaymentRef:
    """A payment by the provider's id of it."""

    shop: str
    provider: Provider
    external_id: str


@dataclass(frozen=True, slots=True)
class PaymentRef:
    """A payment by our own id of it, which must belong to the shop's order `account`."""

    shop: str
    account: str
    payment_id: int


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order by the text that the payer knows it by."""

    shop: str
    account: str


@dataclass(frozen=True, slots=True)
class Check:
    """Could this order be paid now? Reads only."""

    order: OrderRef
    amount: int


@dataclass(frozen=True, slots=True)
class Create:
    """Open a payment that holds the order against everybody until it is performed, ends, or runs out of time."""

    key: ExternalPaymentRef
    order: OrderRef
    amount: int
    opened_at: datetime
    """The provider's own moment of opening, from which its lifetime is counted."""
    account_received: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Open a payment, or a newer attempt of it: takes the place of an older attempt through the same provider."""

    key: ExternalPaymentRef
    order: OrderRef
    amount: int
    same_payment: int
    """The provider's number of the payment that this is an attempt of (Click's click_paydoc_id)."""
    declined: bool
    """The provider itself says that it has failed."""
    account_received: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Perform:
    """Take the money that the provider holds."""

    key: ExternalPaymentRef | PaymentRef
    provider: Provider
    amount: int | None = None
    """Checked when the provider repeats it."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """End a pending payment, give back a paid one."""

    key: ExternalPaymentRef
    provider: Provider
    reason: int


@dataclass(frozen=True, slots=True)
class Release:
    """End a pending payment because the provider could not take the money. Never gives back a paid one."""

    key: PaymentRef
    provider: Provider
    reason: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """How does this payment stand? Ends it first when its lifetime ran out."""

    key: ExternalPaymentRef
    provider: Provider


@dataclass(frozen=True, slots=True)
class Fiscalise:
    """Keep a fiscal receipt; a repeat overwrites the one of the same kind."""

    key: ExternalPaymentRef
    provider: Provider
    kind: Literal["perform", "cancel"]
    receipt: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExpirePayment:
    """End a payment whose lifetime ran out."""

    key: PaymentRef


@dataclass(frozen=True, slots=True)
class ExpireOrder:
    """Store that an order's time is over, once no attempt is live."""

    order: OrderRef


@dataclass(frozen=True, slots=True)
class Details:
    """What an order says to people and to the tax office; decides nothing."""

    description: str | None = None
    items: tuple[Mapping[str, Any], ...] | None = None
    shipping: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A shop's own mark of one request: its answer is kept with the effect, and given again."""

    key: str
    fingerprint: str
    """Of method, path and body: the same key with another one is refused."""
    render: Callable[[Any], tuple[int, str]]
    """The door's pure function from the core's answer to the HTTP status and body that are kept."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Let the shop's order be paid."""

    order: OrderRef
    kind: OrderKind
    amount: Tiyin | None
    min_amount: Tiyin | None
    max_amount: Tiyin | None
    expires_at: datetime | None
    details: Details
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """The shop withdraws an order that nobody has paid or holds."""

    order: OrderRef
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class DeliverOrder:
    """The goods were handed over: what was paid until now is not given back through a provider."""

    order: OrderRef
    idempotency: IdempotencyKey | None = None


PaymentCommand = Create | Attempt | Perform | Cancel | Release | LookUp | Fiscalise | ExpirePayment
OrderCommand = OpenOrder | CloseOrder | DeliverOrder | ExpireOrder
Command = PaymentCommand | OrderCommand

ACTOR: Final[Mapping[Provider, Actor]] = {Provider.PAYME: Actor.PAYME, Provider.CLICK: Actor.CLICK}
