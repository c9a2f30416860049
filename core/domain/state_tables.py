"""The tables name what follows for every state × verb, repeats and refusals included. Nothing is left to `else`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from core.domain.refusals import Refusal
from schema.values import OrderKind, OrderState, OrderVerb, PaymentState, Verb

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class To(Generic[S]):
    """The verb leads to this state (which may be the one it is in: the verb is recorded all the same)."""

    state: S


@dataclass(frozen=True, slots=True)
class Same:
    """The verb is a repeat, or does not concern it: the state stays and nothing is recorded."""


@dataclass(frozen=True, slots=True)
class No:
    """The verb is refused with this word."""

    refusal: Refusal


class Standing(StrEnum):
    """Where a payment stands: its state, and if it has ended without money, whether that end is final."""

    PENDING = "pending"
    PAID = "paid"
    ENDED = "ended"
    """Cancelled by us alone. Its provider may have debited the card meanwhile, and then the end was no good one."""
    CANCELLED = "cancelled"
    REVERSED = "reversed"

    @property
    def state(self) -> PaymentState:
        return PaymentState.CANCELLED if self is Standing.ENDED else PaymentState(self)


PENDING, PAID, CANCELLED, REVERSED = PaymentState

PAYMENT: Final[Mapping[tuple[Standing, Verb], To[PaymentState] | Same | No]] = {
    (Standing.PENDING, Verb.CREATE): Same(),
    (Standing.PAID, Verb.CREATE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.CREATE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.CREATE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.CREATE): No(Refusal.PAYMENT_REVERSED),
    #
    (Standing.PENDING, Verb.PERFORM): To(PAID),
    (Standing.PAID, Verb.PERFORM): Same(),
    (Standing.ENDED, Verb.PERFORM): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.PERFORM): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.PERFORM): No(Refusal.PAYMENT_REVERSED),
    #
    (Standing.PENDING, Verb.CANCEL): To(CANCELLED),
    (Standing.PAID, Verb.CANCEL): To(REVERSED),
    (Standing.ENDED, Verb.CANCEL): Same(),
    (Standing.CANCELLED, Verb.CANCEL): Same(),
    (Standing.REVERSED, Verb.CANCEL): Same(),
    #
    # An end of ours becomes final, with another reason, once the provider has heard that there will be no payment.
    (Standing.PENDING, Verb.RELEASE): To(CANCELLED),
    (Standing.PAID, Verb.RELEASE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.RELEASE): To(CANCELLED),
    (Standing.CANCELLED, Verb.RELEASE): Same(),
    (Standing.REVERSED, Verb.RELEASE): No(Refusal.PAYMENT_REVERSED),
    #
    (Standing.PENDING, Verb.REVIVE): No(Refusal.PAYMENT_PENDING),
    (Standing.PAID, Verb.REVIVE): Same(),
    (Standing.ENDED, Verb.REVIVE): To(PAID),
    (Standing.CANCELLED, Verb.REVIVE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.REVIVE): No(Refusal.PAYMENT_REVERSED),
    #
    (Standing.PENDING, Verb.NOTE): To(PENDING),
    (Standing.PAID, Verb.NOTE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.NOTE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.NOTE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.NOTE): No(Refusal.PAYMENT_REVERSED),
    #
    # A receipt describes what happened at the tax office: it is kept whatever became of the payment.
    (Standing.PENDING, Verb.FISCALISE): To(PENDING),
    (Standing.PAID, Verb.FISCALISE): To(PAID),
    (Standing.ENDED, Verb.FISCALISE): To(CANCELLED),
    (Standing.CANCELLED, Verb.FISCALISE): To(CANCELLED),
    (Standing.REVERSED, Verb.FISCALISE): To(REVERSED),
}

_ONE_TIME: Final[Mapping[tuple[OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    (OrderState.AWAITING, OrderVerb.RESERVE): To(OrderState.RESERVED),
    (OrderState.RESERVED, OrderVerb.RESERVE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.RESERVE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.RESERVE): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.RESERVE): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.RESERVE): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.FREE): Same(),
    (OrderState.RESERVED, OrderVerb.FREE): To(OrderState.AWAITING),
    (OrderState.PAID, OrderVerb.FREE): Same(),
    (OrderState.CANCELLED, OrderVerb.FREE): Same(),
    (OrderState.EXPIRED, OrderVerb.FREE): Same(),
    (OrderState.REFUNDED, OrderVerb.FREE): Same(),
    #
    # Only a reserved order has a live payment that could pay it; the other rows are a guard.
    (OrderState.AWAITING, OrderVerb.MARK_PAID): To(OrderState.PAID),
    (OrderState.RESERVED, OrderVerb.MARK_PAID): To(OrderState.PAID),
    (OrderState.PAID, OrderVerb.MARK_PAID): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.MARK_PAID): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.MARK_PAID): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.MARK_PAID): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.REFUND): Same(),
    (OrderState.RESERVED, OrderVerb.REFUND): Same(),
    (OrderState.PAID, OrderVerb.REFUND): To(OrderState.REFUNDED),
    (OrderState.CANCELLED, OrderVerb.REFUND): Same(),
    (OrderState.EXPIRED, OrderVerb.REFUND): Same(),
    (OrderState.REFUNDED, OrderVerb.REFUND): Same(),
    #
    # A repeat gets its answer while the order can be paid; after that the shop must not take the old one for a new one.
    (OrderState.AWAITING, OrderVerb.OPEN): Same(),
    (OrderState.RESERVED, OrderVerb.OPEN): Same(),
    (OrderState.PAID, OrderVerb.OPEN): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.OPEN): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.OPEN): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.OPEN): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.AMEND): To(OrderState.AWAITING),
    (OrderState.RESERVED, OrderVerb.AMEND): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.AMEND): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.AMEND): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.AMEND): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.AMEND): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.REOPEN): Same(),
    (OrderState.RESERVED, OrderVerb.REOPEN): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.REOPEN): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    (OrderState.EXPIRED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    (OrderState.REFUNDED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    #
    (OrderState.AWAITING, OrderVerb.CLOSE): To(OrderState.CANCELLED),
    (OrderState.RESERVED, OrderVerb.CLOSE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.CLOSE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.CLOSE): Same(),
    (OrderState.EXPIRED, OrderVerb.CLOSE): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.CLOSE): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.EXPIRE): To(OrderState.EXPIRED),
    (OrderState.RESERVED, OrderVerb.EXPIRE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.EXPIRE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.EXPIRE): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.EXPIRE): Same(),
    (OrderState.REFUNDED, OrderVerb.EXPIRE): No(Refusal.ORDER_REFUNDED),
    #
    (OrderState.AWAITING, OrderVerb.DELIVER): No(Refusal.ORDER_NOT_PAID),
    (OrderState.RESERVED, OrderVerb.DELIVER): No(Refusal.ORDER_NOT_PAID),
    (OrderState.PAID, OrderVerb.DELIVER): To(OrderState.PAID),
    (OrderState.CANCELLED, OrderVerb.DELIVER): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.DELIVER): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.DELIVER): No(Refusal.ORDER_REFUNDED),
}

# A balance is neither held nor used up by one payment: only the shop or its expiry ends it, and what was begun before
# goes on to its end. It is never reserved, paid or refunded.
_ACCUMULATIVE: Final[Mapping[tuple[OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    **_ONE_TIME,
    (OrderState.AWAITING, OrderVerb.RESERVE): Same(),
    (OrderState.AWAITING, OrderVerb.MARK_PAID): Same(),
    (OrderState.CANCELLED, OrderVerb.MARK_PAID): Same(),
    (OrderState.EXPIRED, OrderVerb.MARK_PAID): Same(),
    (OrderState.AWAITING, OrderVerb.DELIVER): To(OrderState.AWAITING),
    (OrderState.CANCELLED, OrderVerb.DELIVER): To(OrderState.CANCELLED),
    (OrderState.EXPIRED, OrderVerb.DELIVER): To(OrderState.EXPIRED),
}

ORDER: Final[Mapping[tuple[OrderKind, OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    (kind, state, verb): outcome
    for kind, table in ((OrderKind.ONE_TIME, _ONE_TIME), (OrderKind.ACCUMULATIVE, _ACCUMULATIVE))
    for (state, verb), outcome in table.items()
}
