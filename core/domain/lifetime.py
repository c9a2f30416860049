"""A lifetime bounds how long a payment may be pending."""

from datetime import timedelta
from typing import Final

from schema.values import PaymentSource

PAYME_LIFETIME: Final = timedelta(milliseconds=43_200_000)
"""Twelve hours from Payme's own moment of opening (Payme, "CreateTransaction"), or from ours if that was earlier; a
millisecond more is too late."""

CLICK_RESERVATION: Final = timedelta(hours=1)
"""How long a Click attempt holds its order against others, unless the settings say otherwise. Click names no limit."""


def lifetimes(click_reservation: timedelta = CLICK_RESERVATION) -> dict[PaymentSource, timedelta]:
    """Return the lifetime of each source's payments, counted from the provider's moment of opening or ours.

    The earlier of the two counts.
    """
    return {PaymentSource.PAYME: PAYME_LIFETIME, PaymentSource.CLICK: click_reservation}
