"""Records mirror the rows: an order, a payment, a transition, an answer stored for a repeated request."""

from datetime import datetime
from typing import Final, NamedTuple

from core.domain.details import Details
from core.domain.receipts import Receipts, read_receipts
from schema.values import Actor, OrderKind, OrderState, OrderVerb, PaymentSource, PaymentState, Tiyin, Verb

LIVE: Final = frozenset({PaymentState.PENDING, PaymentState.PAID})
"""States in which a payment holds its one-time order."""

ONCE_PAID: Final = frozenset({PaymentState.PAID, PaymentState.REVERSED, PaymentState.MOVED})
"""States of a payment whose money was taken, whether or not it was given back."""

# Named tuples, not frozen dataclasses: several are made for every call, and these take a fifth of the time to make.


class Order(NamedTuple):
    id: int
    shop: str
    account: str
    kind: OrderKind
    amount: Tiyin | None
    min_amount: Tiyin | None
    max_amount: Tiyin | None
    state: OrderState
    version: int
    """Raised by every transition of the order or its payments; numbers the order's events."""
    fingerprint: str
    """Of the content that the order was opened with: the same again is a repeat, anything else is refused."""
    expires_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    changed_at: datetime
    payment_count: int = 0
    paid_total: int = 0
    reversed_total: int = 0
    """What its payments come to in these states, in tiyin; changed with each of them."""
    strict_expiry: bool = False
    """Whether its expiry ends what was begun before, too."""
    terms_at: datetime | None = None
    """When it was last amended: older payments may be of another amount. Known only while it is being amended."""
    reopened_at: datetime | None = None
    """Known only while it is being reopened."""
    details: Details | None = None
    """Read only for answers that show them."""

    @property
    def one_time(self) -> bool:
        return self.kind is OrderKind.ONE_TIME

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now > self.expires_at


class Payment(NamedTuple):
    id: int
    """Below 2^31: Click takes it as merchant_prepare_id."""
    order_id: int
    shop: str
    provider: PaymentSource
    external_id: str
    amount: Tiyin
    state: PaymentState
    reason: int | None
    opened_at: datetime
    """The provider's own moment of opening."""
    created_at: datetime
    performed_at: datetime | None = None
    cancelled_at: datetime | None = None
    payment_number: int | None = None
    """Click's click_paydoc_id."""
    also_known_as: tuple[str, ...] = ()
    """External ids of later attempts of the same payment."""
    fiscal_perform: str | None = None
    fiscal_cancel: str | None = None
    fiscal_perform_failure: str | None = None
    fiscal_cancel_failure: str | None = None
    """Receipts as JSON text; read only for answers that show them."""
    account_received: str | None = None
    """JSON text; only known while the payment is being created."""

    @property
    def is_given_back_apart(self) -> bool:
        """Whether the payer has the money back, and not through the provider: that would give a reason."""
        return self.state is PaymentState.REVERSED and self.reason is None

    @property
    def receipts(self) -> Receipts:
        """What the tax office says of it. None of it is known where the payment was read for a decision."""
        return read_receipts(
            self.fiscal_perform, self.fiscal_cancel, self.fiscal_perform_failure, self.fiscal_cancel_failure
        )


class StoredAnswer(NamedTuple):
    """The answer to a request is stored under its idempotency key."""

    shop: str
    key: str
    fingerprint: str
    status: int
    body: str
    created_at: datetime


class Transition(NamedTuple):
    """A transition changes a payment (and its order with it), or an order alone."""

    verb: Verb | OrderVerb
    actor: Actor
    at: datetime
    order: Order
    """As it is afterwards."""
    payment: Payment | None
    """As it is afterwards; None when only the order changed."""
    order_before: OrderState | None
    payment_before: PaymentState | None
    """None for what did not exist before."""
