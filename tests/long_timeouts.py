"""Long timeouts, for tests of what waits for what: on a slow machine too, nothing ends but by what the test does.

A wait that has no other end fails such a test after `LONG_SECONDS`.
"""

from typing import Final

import pytest

from core.db.engine import PAYMENT_TIMEOUTS, REPORT_TIMEOUTS, make_engine
from core.db.timeouts import TIMEOUTS

LONG_SECONDS: Final = 60.0
"""Instead of one to five. Twice as long as a test should wait for anything, and half of pytest's own limit."""

WAIT_SECONDS: Final = LONG_SECONDS / 2

CONSTANTS: Final = (
    "core.commit.group_commit.TRANSACTION_MAX_SECONDS",
    "core.commit.scheduler.DEADLINE_SECONDS",
    "core.commit.scheduler.QUEUE_WAIT_MAX_SECONDS",
    "core.commit.scheduler.NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS",
    "core.reads.payability.DEADLINE_SECONDS",
    "core.reads.reports.READ_MAX_SECONDS",
    "core.reads.snapshot.READ_MAX_SECONDS",
    "core.reads.snapshot.STANDBY_WAIT_MAX_SECONDS",
    "core.restores.FIRST_READING_SECONDS",
    "core.connection_pools.REPORT_SECONDS",
    "core.db.engine.CONNECT_SECONDS",
    "core.db.engine.POOL_SECONDS",
    "gateway.readiness.ASK_SECONDS",
    "gateway.server.connections.UNPROVEN_SECONDS",
    "merchant_api.read_slots.WAIT_SECONDS",
)


def lengthen_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pools and cores that are made from now on."""
    for name in CONSTANTS:
        monkeypatch.setattr(name, LONG_SECONDS)
    for settings in (TIMEOUTS, PAYMENT_TIMEOUTS, REPORT_TIMEOUTS):
        for name in settings:
            monkeypatch.setitem(settings, name, f"{LONG_SECONDS:.0f}s")
    defaults = make_engine.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "command_timeout", LONG_SECONDS)
