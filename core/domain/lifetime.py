"""A lifetime bounds how long a payment may be pending."""

from datetime import timedelta
from typing import Final

from schema.values import Provider

PAYME_LIFETIME: Final = timedelta(milliseconds=43_200_000)
"""Twelve hours from Payme's own moment of opening (Payme, "CreateTransaction"); a millisecond more is too late."""

CLICK_RESERVATION: Final = timedelta(hours=1)
"""How long a Click attempt holds its order against others, unless the settings say otherwise. Click names no limit."""


def lifetimes(click_reservation: timedelta = CLICK_RESERVATION) -> dict[Provider, timedelta]:
    """Each provider's lifetime, counted from the provider's own moment of opening."""
    return {Provider.PAYME: PAYME_LIFETIME, Provider.CLICK: click_reservation}
