"""Periods bound what a pending payment may do: how long it lives, holds its order, and is safe from the shop."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.domain.answers import holder_among
from core.domain.records import Order, Payment
from schema.values import PaymentSource, PaymentState

PAYME_LIFETIME: Final = timedelta(milliseconds=43_200_000)
"""Twelve hours from Payme's own moment of opening (Payme, "CreateTransaction"), or from ours if that was earlier; a
millisecond more is too late."""

CLICK_RESERVATION: Final = timedelta(hours=1)
"""How long a Click attempt holds its order against others, unless the settings say otherwise. Click names no limit."""

RELEASE_AFTER: Final = timedelta(minutes=10)
"""Before it the shop may not end an attempt, unless the settings say otherwise: the payer may be at the SMS code."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How long what takes."""

    click_reservation: timedelta = CLICK_RESERVATION
    payme_reservation: timedelta = PAYME_LIFETIME
    """How long a payment through Payme holds its order against others, from our own moment of opening. After it a new
    one may take the order over; until one does, it goes on to its end."""
    release_after: timedelta = RELEASE_AFTER
    lifetimes: Mapping[PaymentSource, timedelta] = field(init=False)
    """Of each source's payments, from the provider's moment of opening or ours, whichever was earlier."""

    def __post_init__(self) -> None:
        lifetimes = {PaymentSource.PAYME: PAYME_LIFETIME, PaymentSource.CLICK: self.click_reservation}
        object.__setattr__(self, "lifetimes", lifetimes)

    def ends_at(self, payment: Payment) -> datetime:
        """Return the last moment at which a pending payment is within its lifetime.

        A provider whose clock is ahead must not hold an order for longer.
        """
        return min(payment.opened_at, payment.created_at) + self.lifetimes[payment.provider]

    def reserved_until(self, order: Order, payments: Iterable[Payment]) -> datetime | None:
        """Return when the payment that holds a one-time order ends at the latest; None where none holds it."""
        holder = holder_among(order, payments)
        if holder is None:
            return None
        end = self.ends_at(holder)
        return min(end, order.expires_at) if order.strict_expiry and order.expires_at is not None else end

    def is_expired(self, payment: Payment, now: datetime) -> bool:
        """Return whether it is pending beyond its lifetime."""
        return payment.state is PaymentState.PENDING and now > self.ends_at(payment)

    def may_be_replaced(self, holder: Payment, now: datetime) -> bool:
        """Return whether a new payment of either provider may take the order over from the one that holds it."""
        if self.is_expired(holder, now):
            return True
        return holder.provider is PaymentSource.PAYME and now - holder.created_at > self.payme_reservation

    def releasable_from(self, payment: Payment) -> datetime:
        """Return when the shop may end a pending payment."""
        return payment.created_at + self.release_after
