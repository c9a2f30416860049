"""The periods of the settings, in the core's terms."""

from datetime import timedelta

from core import Periods
from gateway.config.settings import Settings


def periods(settings: Settings) -> Periods:
    return Periods(
        click_reservation=timedelta(seconds=settings.click_reservation),
        payme_reservation=timedelta(seconds=settings.payme_reservation),
        release_after=timedelta(seconds=settings.release_after),
    )
