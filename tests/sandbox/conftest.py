"""The sandbox calls with the real time, so the gateway that it calls goes by it, unless a test puts it forward."""

from datetime import datetime, timedelta

import pytest

from core.clock import wall_clock
from tests.sandbox.command_line import CommandLine


class RealTime:
    """The wall's clock, and how far a test has put it forward."""

    def __init__(self) -> None:
        self._forward = timedelta()

    def __call__(self) -> datetime:
        return wall_clock() + self._forward

    async def of_database(self, _: object) -> datetime:
        """The database's goes with it."""
        return self()

    def uptime(self) -> float:
        """So does the machine's: what a test puts forward is time that passes, and no jump."""
        return self().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Nobody waits: the gateway's time passes at once."""
        self._forward += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> RealTime:
    return RealTime()


@pytest.fixture
def command_line(payme):
    return CommandLine(payme.url)
