"""A copy is made while payments go on, and restored a day later: the providers repeat all, and nobody pays twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from schema.values import to_ms
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.faults.harness.gateway import Gateway, SharedClock
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.postgres import Server
from tests.faults.harness.traffic import PRICE, Parties
from tests.long_timeouts import WAIT_SECONDS

Tiyin = Callable[..., Awaitable[tuple[int, str]]]

SWEEPS_OFTEN = {"TIYIN_TEST_SWEEP": "0.1"}


def libpq(url: str) -> str:
    return url.replace("+asyncpg", "")


@pytest.fixture
def tiyin(tmp_path: Path) -> Tiyin:
    """A command: its status, and what it said."""

    async def run(*arguments: object, **environ: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "gateway.cli", *map(str, arguments)]
        environment = bare_environment() | SETTINGS | environ
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
async def elsewhere(server: Server, database_url: str) -> AsyncIterator[str]:
    """The address of another database, with nothing in it."""
    name = f"{make_url(database_url).database}_restored"
    await server.sql(f"CREATE DATABASE {name}")
    yield make_url(database_url).set(database=name).render_as_string()
    await server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def serving(program, http, parties, shared_clock: SharedClock) -> Callable[[str], Any]:
    """A gateway on a database, and those who call it; stopped in the end. Both clocks are the test's."""

    @asynccontextmanager
    async def at(url: str) -> AsyncIterator[tuple[Gateway, Parties]]:
        environ = {"TIYIN_TEST_CLOCK": str(shared_clock.path), **SWEEPS_OFTEN}
        async with program.serving(http, url, **environ) as gateway:
            yield gateway, parties(gateway.url)
            gateway.send_signal(signal.SIGTERM)
            assert await gateway.ended() == 0

    return at


async def a_sweep_passes(parties: Parties, clock: SharedClock) -> None:
    """What has just expired is ended, and so is all else that the sweeper would end."""
    soon = clock.now() + timedelta(seconds=1)
    await parties.shop.opens("probe", expires_at=soon.isoformat())
    clock.advance(seconds=2)
    async with asyncio.timeout(WAIT_SECONDS):
        while (await parties.shop.shows("probe"))["state"] != "expired":
            await asyncio.sleep(0.05)


async def test_a_day_that_was_lost_is_played_again(
    tiyin: Tiyin,
    serving: Callable[[str], Any],
    http,
    server: Server,
    database_url: str,
    elsewhere: str,
    shared_clock: SharedClock,
    tmp_path: Path,
) -> None:
    clock, copy, prepared = shared_clock, tmp_path / "copy", {}
    names = {account: f"{number:024x}" for number, account in enumerate(("paid", "late", "left", "idle", "new"))}
    moment = to_ms(clock.now())

    async with serving(database_url) as (_, parties):
        payme, click, shop = parties.payme, parties.click, parties.shop
        for account in ("paid", "late", "left", "idle"):
            await shop.opens(account)
            await payme.creates(names[account], moment, account, PRICE)
        paid = await payme.performs(names["paid"])
        for account in ("click-paid", "click-late"):
            await shop.opens(account)
            prepared[account] = (await click.prepares(account))["merchant_prepare_id"]
        assert (await click.completes(prepared["click-paid"], "click-paid"))["error"] == 0

        assert (await tiyin("db", "dump", copy, DATABASE_URL=libpq(database_url)))[0] == 0

        assert (await payme.performs(names["late"]))["state"] == 2
        assert (await payme.cancels(names["left"], 3))["state"] == -1
        assert (await click.completes(prepared["click-late"], "click-late"))["error"] == 0
        for account in ("new", "click-new"):
            await shop.opens(account)
        await payme.creates(names["new"], moment, "new", PRICE)
        assert (await payme.performs(names["new"]))["state"] == 2
        prepared["click-new"] = await click.pays("click-new")
        lost_ids = {row[0] for row in await server.sql("SELECT id FROM payments", make_url(database_url).database)}
        of_click = click

    clock.advance(hours=30)
    assert (await tiyin("db", "restore", copy, DATABASE_URL=libpq(elsewhere)))[0] == 0

    async with serving(elsewhere) as (gateway, parties):
        await gateway.is_ready(http, 503, status="unavailable", reason="restored")
        assert await parties.payme.looks_at(names["new"]) == -32400
        assert await parties.payme.performs(names["paid"]) == -32400
        assert (await of_click.at(parties.click.url).completes(prepared["click-late"], "click-late"))["error"] == -7
        assert (await parties.shop.calls("GET", "/api/v1/orders/paid")).status == 503

    status, said = await tiyin("db", "restored", "--done", DATABASE_URL=libpq(elsewhere))
    assert (status, "run `tiyin db restored` first" in said) == (1, True)
    status, said = await tiyin("db", "restored", DATABASE_URL=libpq(elsewhere))
    assert status == 0, said
    assert "main, payme: 4 payments, 3 of them pending; the last was opened" in said
    assert "main, click: 2 payments, 1 of them pending; the last was opened" in said
    assert "Pending payments from before: 4" in said
    for account in ("late", "left", "idle"):
        assert f"main, payme {names[account]}: order {account}, 500.00 so'm, opened" in said

    async with serving(elsewhere) as (gateway, parties):
        await gateway.is_ready(http)
        payme, click, shop = parties.payme, of_click.at(parties.click.url), parties.shop
        for _ in range(2):
            assert await payme.performs(names["paid"]) == paid
            assert (await payme.performs(names["late"]))["state"] == 2
            assert (await payme.cancels(names["left"], 3))["state"] == -1
            assert await payme.performs(names["new"]) == -31003
            assert (await click.completes(prepared["click-paid"], "click-paid"))["error"] == -4
            assert (await click.completes(prepared["click-new"], "click-new"))["error"] in (-5, -6)
            for account in ("new", "click-new"):  # the shop opens them again, or for the second time
                await shop.posts(account)
        assert await payme.creates(names["late"], moment, "late", PRICE) == -31008
        assert (await payme.creates(names["idle"], moment, "idle", PRICE))["state"] == 1
        assert [(await click.completes(prepared["click-late"], "click-late"))["error"] for _ in range(2)] == [0, -4]
        assert (await click.completes(prepared["click-new"], "click-new"))["error"] == -6
        assert (await click.prepares("click-new"))["merchant_prepare_id"] > max(lost_ids)

        await a_sweep_passes(parties, clock)
        assert (await payme.looks_at(names["idle"]))["state"] == 1
        assert await payme.creates("f" * 24, to_ms(clock.now()), "idle", PRICE) in range(-31099, -31049)
        assert await payme.checks("idle", PRICE) in range(-31099, -31049)
        assert (await shop.calls("POST", "/api/v1/orders/idle/release")).status == 503
        await assert_invariants_hold(elsewhere, clock.now())

        status, said = await tiyin("db", "restored", "--done", DATABASE_URL=libpq(elsewhere))
        assert (status, "Pending payments from before: 1" in said) == (0, True), said
        async with asyncio.timeout(WAIT_SECONDS):
            while (await payme.looks_at(names["idle"]))["state"] != -1:
                await asyncio.sleep(0.1)
        assert await payme.performs(names["idle"]) == -31008
        assert (await shop.shows("idle"))["state"] == "awaiting"

    await assert_invariants_hold(elsewhere, clock.now())
    given = {row[0] for row in await server.sql("SELECT id FROM payments", make_url(elsewhere).database)}
    assert len(given - lost_ids) == 1
    twice = await server.sql(
        "SELECT order_id FROM payments WHERE state = 'paid' GROUP BY order_id HAVING count(*) > 1",
        make_url(elsewhere).database or "",
    )
    assert twice == []


async def test_a_restore_that_is_killed_leaves_nothing_that_is_served_and_may_be_run_again(
    tiyin: Tiyin, server: Server, database_url: str, elsewhere: str, tmp_path: Path
) -> None:
    name, copy = make_url(elsewhere).database or "", tmp_path / "copy"
    assert (await tiyin("db", "dump", copy, DATABASE_URL=libpq(database_url)))[0] == 0
    in_the_way = await asyncpg.connect(host=str(server.socket_dir), user="postgres", database=name)
    await in_the_way.execute("BEGIN; CREATE TABLE orders (id int)")
    restoring = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "db", "restore", str(copy)],
        env=bare_environment() | SETTINGS | {"DATABASE_URL": libpq(elsewhere)},
        cwd=tmp_path,
        start_new_session=True,
    )
    blocked = f"SELECT FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
    async with asyncio.timeout(WAIT_SECONDS):
        while not await server.sql(blocked):
            await asyncio.sleep(0.05)
    os.killpg(restoring.pid, signal.SIGKILL)
    restoring.wait()
    await in_the_way.close()

    async with asyncio.timeout(WAIT_SECONDS):  # until the server has noticed, too
        while await server.sql(f"SELECT FROM pg_stat_activity WHERE datname = '{name}' AND state <> 'idle'"):
            await asyncio.sleep(0.05)
    assert len(await server.sql("SELECT FROM restores WHERE resumed_at IS NULL", name)) == 1
    assert await server.sql("SELECT FROM pg_class WHERE relname = 'orders'", name) == []
    status, said = await tiyin("serve", "--port", "0", DATABASE_URL=libpq(elsewhere))
    assert (status, "run `tiyin migrate`" in said) == (1, True)
    status, said = await tiyin("db", "restore", copy, DATABASE_URL=libpq(elsewhere))
    assert status == 0, said
    assert (await tiyin("audit", DATABASE_URL=libpq(elsewhere)))[0] == 0


async def test_of_the_embedded_database(tiyin: Tiyin, place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    one, other = ({"TIYIN_HOME": str(place / name)} for name in ("copied", "restored"))
    status, said = await tiyin("db", "dump", copy, **one)
    assert (status, said.split(":")[0], copy.exists()) == (1, "There is no database", False)
    assert (await tiyin("migrate", "--embedded", **one))[0] == 0
    assert (await tiyin("db", "dump", copy, **one))[0] == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert (await tiyin("db", "restore", copy, **other))[0] == 0
    status, said = await tiyin("order", "list", **other)
    assert (status, "run `tiyin db restored`" in said) == (1, True)
    status, said = await tiyin("db", "restore", copy, **other)
    assert (status, f"move {place / 'restored' / 'postgres'} away" in said) == (1, True)
