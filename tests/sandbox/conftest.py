"""The sandbox calls with the real time, so the gateway that it calls goes by it."""

import pytest

from core.clock import Clock, wall_clock
from tests.sandbox.command_line import CommandLine


@pytest.fixture
def clock() -> Clock:
    return wall_clock


@pytest.fixture
def command_line(payme):
    return CommandLine(payme.url)
