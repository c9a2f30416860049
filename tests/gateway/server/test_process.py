"""How a process stops: what it waits for, what a second signal changes, and with which status it ends."""

import asyncio
import os
import signal

import pytest

from gateway.server import process
from gateway.server.process import ExitStatus, StopSignals, notice_seconds, stop_gracefully


@pytest.fixture
async def signals():
    yield StopSignals()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(process, "NOTICE_SECONDS", 0.01)
    monkeypatch.setattr(process, "HURRIED_SECONDS", 0.01)


async def for_ever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_asks_to_stop_and_the_second_to_hurry(signals, number):
    os.kill(os.getpid(), number)
    await signals.first.wait()
    assert not signals.second.is_set()
    os.kill(os.getpid(), number)
    await signals.second.wait()


async def test_it_is_not_ready_before_it_cleans_up(signals, hurried, caplog):
    caplog.set_level("INFO")
    steps: list[str] = []

    async def cleanup() -> None:
        steps.append("cleanup")

    status = await stop_gracefully(signals, 20, lambda: steps.append("not ready"), cleanup)
    assert (status, steps) == (ExitStatus.STOPPED, ["not ready", "cleanup"])
    assert [record.getMessage() for record in caplog.records] == ["stopping", "stopped"]


async def test_a_second_signal_leaves_work_unfinished(signals, hurried, caplog):
    signals.second.set()
    assert await stop_gracefully(signals, 600, lambda: None, for_ever) == ExitStatus.FAILED
    assert caplog.records[-1].getMessage() == "stopped with work unfinished"


async def test_the_time_to_drain_is_bounded(signals, hurried):
    assert await stop_gracefully(signals, 0.05, lambda: None, for_ever) == ExitStatus.FAILED


async def test_what_fails_at_the_end_is_raised(signals, hurried):
    async def cleanup() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await stop_gracefully(signals, 20, lambda: None, cleanup)


@pytest.mark.parametrize(("drain", "notice"), [(20, 1.0), (1, 0.5), (0, 0)])
def test_the_notice_is_a_second_or_half_of_the_time_to_drain(drain, notice):
    assert notice_seconds(drain) == notice
