"""Commands are the only way into the core; each names the rows that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.domain.details import AMENDABLE_DETAILS, Details
from core.domain.receipts import Receipt, ReceiptFailure, ReceiptKind
from schema.values import OrderKind, Provider, Tiyin


@dataclass(frozen=True, slots=True)
class ExternalPaymentRef:
    """Names a payment by the provider's id of it."""

    shop: str
    provider: Provider
    external_id: str


@dataclass(frozen=True, slots=True)
class PaymentRef:
    """Names a payment by our own id of it, which must belong to the shop's order `account`."""

    shop: str
    account: str
    payment_id: int


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """Names an attempt as its provider does when it reports of the debit: by our id of it and by its own ids."""

    shop: str
    provider: Provider
    account: str
    payment_id: int | None
    """Ours. None if the provider knows none, as our answer was lost: then its own id alone names the attempt."""
    external_id: str
    payment_number: int | None
    """As in `Attempt`."""


@dataclass(frozen=True, slots=True)
class OrderRef:
    """Names an order by the text that the payer knows it by."""

    shop: str
    account: str


@dataclass(frozen=True, slots=True)
class Check:
    """Ask whether this order could be paid now. Changes nothing."""

    order: OrderRef
    amount: int


@dataclass(frozen=True, slots=True)
class Create:
    """Open a payment that holds the order against all others until it is performed, ends or expires."""

    payment: ExternalPaymentRef
    order: OrderRef
    amount: int
    opened_at: datetime
    """The provider's own moment of opening. Its lifetime is counted from then, or from now if that is earlier."""
    account_received: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Open a payment, or a newer attempt of it, which replaces an older attempt through the same provider."""

    payment: ExternalPaymentRef
    order: OrderRef
    amount: int
    payment_number: int | None
    """The provider's number of the payment that this is an attempt of (Click's click_paydoc_id)."""
    declined_reason: int | None
    """The provider itself reports that it has failed, with this number."""
    account_received: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Perform:
    """Take the money that the provider holds."""

    payment: ExternalPaymentRef
    provider: Provider


@dataclass(frozen=True, slots=True)
class Confirm:
    """Keep an attempt as paid: the provider has debited the card already."""

    payment: AttemptRef
    amount: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """End a pending payment, give back a paid one."""

    payment: ExternalPaymentRef
    provider: Provider
    reason: int


@dataclass(frozen=True, slots=True)
class Release:
    """End an attempt because the provider could not take the money. Never gives back a paid one."""

    payment: AttemptRef
    reason: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask for the state of this payment. Ends it first when it has expired."""

    payment: ExternalPaymentRef
    provider: Provider


@dataclass(frozen=True, slots=True)
class Fiscalise:
    """Keep a receipt, which overwrites that of its kind, or a failure, which overwrites none."""

    payment: ExternalPaymentRef
    provider: Provider
    kind: ReceiptKind | None  # None: as the payment's state says
    outcome: Receipt | ReceiptFailure


@dataclass(frozen=True, slots=True)
class ExpirePayment:
    """End an expired payment."""

    payment: PaymentRef


@dataclass(frozen=True, slots=True)
class ExpireOrder:
    """Store that an order has expired, once no attempt is live."""

    order: OrderRef


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The shop names one request by its key: the answer is stored with the effect, and given again."""

    key: str
    fingerprint: str
    """Of method, path and body: the same key with another one is refused."""
    render: Callable[[Any], tuple[int, str]]
    """The interface's pure function from the core's answer to the HTTP status and body that are stored."""


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
    strict_expiry: bool = False
    """Whether `expires_at` ends what was begun before, too."""
    idempotency: IdempotencyKey | None = None


TERMS: Final = ("amount", "min_amount", "max_amount", "expires_at", *AMENDABLE_DETAILS)
"""What can be amended of an order."""


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Change the terms of an order that nobody has paid or is paying."""

    order: OrderRef
    changes: Mapping[str, Any]
    """New values by name, which is one of `TERMS`; None takes a value away."""
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """Withdraw an order that is neither paid nor held by a payment."""

    order: OrderRef
    release: bool = False
    """End the payment that holds it first, as `ReleaseOrder` does."""
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class ReopenOrder:
    """Let an order be paid again that was withdrawn, has expired, or whose money was given back."""

    order: OrderRef
    expires_at: datetime | None
    keeps_expiry: bool = False
    """Leave the order's own expiry, in place of `expires_at`."""
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """End an attempt that its payer has left, so that the order can be paid again."""

    order: OrderRef
    payment_id: int | None
    """Ours. A one-time order has one attempt at most that could be meant; that of a balance must be named."""
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class DeliverOrder:
    """Mark the goods as handed over: what was paid until now is not given back through a provider."""

    order: OrderRef
    idempotency: IdempotencyKey | None = None


PaymentCommand = Create | Attempt | Perform | Confirm | Cancel | Release | LookUp | Fiscalise | ExpirePayment
ShopCommand = OpenOrder | AmendOrder | CloseOrder | ReopenOrder | ReleaseOrder | DeliverOrder
OrderCommand = ShopCommand | ExpireOrder
Command = PaymentCommand | OrderCommand


def shop_of(command: PaymentCommand | OrderCommand | Check) -> str:
    """Return the name under which the command looks for its rows: a shop's, or that of a shop's test mode."""
    ref: Any = getattr(command, "order", None) or getattr(command, "payment", None)
    return str(ref.shop)
