"""Orders are exported while payments go on, and by a process that is killed: what is whole says so."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from core import wall_clock
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.faults.harness.gateway import Program
from tests.faults.harness.scenario import Scenario
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding

EXPORTS = 2

HANGING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
async def database(database_url: str):
    engine = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    yield engine
    await engine.dispose()


@pytest.fixture
def export(database_url: str, tmp_path: Path):
    """`tiyin export`, begun."""

    async def begin(*arguments: object) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli", "export", *map(str, arguments)),
            env=bare_environment() | SETTINGS | {"DATABASE_URL": database_url.replace("+asyncpg", "")},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return begin


async def said_by(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    said, _ = await process.communicate()
    return process.returncode, said.decode()


def lines(folder: Path) -> Iterator[Any]:
    for file in sorted(folder.glob("orders-*")):
        yield from map(json.loads, file.read_text().splitlines())


async def test_beside_payments_every_order_is_as_it_was_at_one_moment(
    scenario: Scenario, export, tmp_path: Path
) -> None:
    async with scenario.under_traffic() as run:
        for number in range(EXPORTS):
            await run.goes_on(10)
            before = wall_clock().isoformat()
            status, said = await said_by(await export("orders", f"out-{number}", "--finished-before", before))
            assert status == 0, said
    for number in range(EXPORTS):
        assert (await said_by(await export("check", f"out-{number}")))[0] == 0
        found = list(lines(tmp_path / f"out-{number}"))
        assert found
        for line in found:
            order, payments, transitions = line["order"], line["payments"], line["transitions"]
            assert [each["version"] for each in transitions] == list(range(order["version"] + 1))
            assert (transitions[-1]["order_to"], transitions[-1]["at"]) == (order["state"], order["changed_at"])
            assert {each["transition_id"] for each in line["events"]} <= {each["id"] for each in transitions}
            assert line["events"][-1]["sequence"] <= order["version"]
            assert order["payment_count"] == len(payments)
            for state in ("paid", "reversed"):
                assert order[f"{state}_total"] == sum(each["amount"] for each in payments if each["state"] == state)


async def test_what_a_killed_process_has_written_is_not_whole(
    program: Program, http, parties, export, database_url: str, database, tmp_path: Path
) -> None:
    async with program.serving(http, database_url) as gateway:
        shop = parties(gateway.url).shop
        await shop.opens("1001")
        await shop.closes("1001")
    async with holding(database, "LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"):
        process = await export("orders", "out", "--finished-before", wall_clock().isoformat())
        async with asyncio.timeout(WAIT_SECONDS), database.connect() as connection:
            while not await connection.scalar(HANGING):
                await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
    status, said = await said_by(await export("check", "out"))
    assert (status, said.split(":")[0]) == (1, "out has no manifest.json")
    for words in (("orders", "new", "--finished-before", wall_clock().isoformat()), ("check", "new")):
        assert (await said_by(await export(*words)))[0] == 0
