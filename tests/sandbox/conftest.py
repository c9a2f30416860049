"""The sandbox calls with the real time, so the gateway that it calls goes by it."""

import pytest

from core.clock import Clock, wall_clock


@pytest.fixture
def clock() -> Clock:
    return wall_clock
