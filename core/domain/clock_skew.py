"""Clock skew is how far a provider's clock is ahead of ours, or behind it."""

from datetime import timedelta
from typing import Final, Literal

from core.domain.records import Payment

AHEAD_MAX: Final = timedelta(milliseconds=3_600_000)
"""A payment whose time is further ahead of our clock is not opened. Clocks run minutes apart; more than an hour is a
clock that nobody has set."""

USUAL_SKEW_MAX: Final = timedelta(minutes=2)
"""Either way. A clock that is set by the network is right to the second, and a call is sent again within a minute."""


def unusual_skew(payment: Payment) -> Literal["ahead", "behind"] | None:
    """Return where the provider's clock stood when the payment was opened; None if it was about where ours was."""
    skew = payment.opened_at - payment.created_at
    if skew > USUAL_SKEW_MAX:
        return "ahead"
    return "behind" if skew < -USUAL_SKEW_MAX else None
