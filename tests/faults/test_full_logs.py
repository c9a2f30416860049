"""The logs cannot be written: payments go on, what is lost is counted, and the end is not held up."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.long_timeouts import WAIT_SECONDS

FULL = Path("/dev/full")


@pytest.fixture
def deaf(tmp_path: Path) -> Iterator[Path]:
    """A pipe that nobody reads: it is full soon, and then it blocks."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDWR)
    yield path
    os.close(reader)


async def test_payments_go_on_with_a_full_disk_under_their_log(scenario, http):
    async with scenario.under_traffic(PAYMENTS_LOG=str(FULL), errors_logged=True) as run:
        await run.goes_on()
        await lines_are_lost(run, http)
    said = [line for line in run.gateway.lines() if line["level"] in ("error", "critical")]
    assert [(line["event"], line["error"]) for line in said] == [
        ("payments log cannot be written", "[Errno 28] No space left on device")
    ]


async def test_payments_go_on_with_a_full_disk_under_everything(scenario, http):
    async with scenario.under_traffic(log=FULL) as run:
        await run.goes_on()
        await lines_are_lost(run, http)


async def test_payments_go_on_while_nobody_reads_the_log(scenario, http, deaf):
    async with scenario.under_traffic(log=deaf) as run:
        await run.goes_on(100)


async def test_a_gateway_whose_log_nobody_reads_can_be_stopped(program, http, database_url, parties, deaf):
    async with program.serving(http, database_url, log=deaf, DRAIN_SECONDS="2") as gateway:
        party = parties(gateway.url)
        for _ in range(10):
            await asyncio.gather(*(party.checks("nobody's") for _ in range(50)))
        gateway.send_signal(signal.SIGTERM)
        assert await gateway.ended() == 0


async def lines_are_lost(run, http) -> None:
    """Return as soon as it is counted; a thread writes the lines, some time later."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not (await run.metrics(http))["tiyin_log_dropped_total",]:
            await asyncio.sleep(0.02)
