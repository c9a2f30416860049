"""A copy of the database is put in its place: what was given after it was made is given to nobody else."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from gateway.cli.restore import AHEAD
from schema.tables import metadata
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.postgres import Server
from tests.faults.harness.traffic import Parties

ORDERS = 20
CLICK_IDS_END = 2**31
IDS = ("orders.id", "payments.id", "transitions.id", "outbox.transition_id", "exchanges.id")

Ids = dict[str, set[int]]
Restored = Callable[..., Awaitable[tuple[int, str]]]

_numbers = count(1)


class Days:
    """A gateway on one database, stopped each evening; copies of it are made and put back."""

    def __init__(self, server: Server, url: str, serving: Callable[..., object]) -> None:
        self.server, self.name, self.serving = server, make_url(url).database or "", serving
        self.copy = f"{self.name}_copy"

    @asynccontextmanager
    async def day(self) -> AsyncIterator[Parties]:
        async with self.serving() as (gateway, parties):  # type: ignore[attr-defined]
            yield parties
            gateway.send_signal(signal.SIGTERM)
            assert await gateway.ended() == 0

    async def ordinary_day(self) -> Ids:
        """Orders are opened and paid. The ids that were given for it."""
        before = await self.ids()
        async with self.day() as parties:
            for number in (next(_numbers) for _ in range(ORDERS)):
                await parties.shop.opens(f"d{number}")
                await parties.click.pays(f"d{number}")
        return {kind: ids - before[kind] for kind, ids in (await self.ids()).items()}

    async def ids(self) -> Ids:
        found = {}
        for kind in IDS:
            table, column = kind.split(".")
            found[kind] = {row[0] for row in await self.sql(f"SELECT {column} FROM {table}")}
        return found

    async def sql(self, statement: str) -> list[tuple[int, ...]]:
        return await self.server.sql(statement, self.name)

    async def back_up(self) -> None:
        await self.server.sql(f"CREATE DATABASE {self.copy} TEMPLATE {self.name}")

    async def restore(self) -> None:
        await self.server.sql(f"DROP DATABASE {self.name} WITH (FORCE)")
        await self.server.sql(f"CREATE DATABASE {self.name} TEMPLATE {self.copy}")


@pytest.fixture
async def days(server, database_url, program, http, parties) -> AsyncIterator[Days]:
    @asynccontextmanager
    async def serving():
        async with program.serving(http, database_url) as gateway:
            yield gateway, parties(gateway.url)

    days = Days(server, database_url, serving)
    yield days
    await server.sql(f"DROP DATABASE IF EXISTS {days.copy} WITH (FORCE)")


@pytest.fixture
def restored(database_url: str, tmp_path: Path) -> Restored:
    """`tiyin db restored`: its status and what it said."""

    async def run(*arguments: str, **environ: str) -> tuple[int, str]:
        where = environ or {"DATABASE_URL": database_url.replace("+asyncpg", "")}
        command = [sys.executable, "-m", "gateway.cli", "db", "restored", *arguments]
        environment = bare_environment() | SETTINGS | where
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    return run


async def test_nothing_is_given_again(days: Days, restored: Restored, database_url: str) -> None:
    await days.ordinary_day()
    await days.back_up()
    lost = await days.ordinary_day()
    await days.restore()
    status, said = await restored()
    assert status == 0, said
    new = await days.ordinary_day()
    assert [kind for kind in IDS if not lost[kind] or not new[kind]] == []
    assert {kind: lost[kind] & new[kind] for kind in IDS} == {kind: set() for kind in IDS}
    await assert_invariants_hold(database_url)


async def test_without_it_everything_is_given_again(days: Days) -> None:
    await days.ordinary_day()
    await days.back_up()
    lost = await days.ordinary_day()
    await days.restore()
    new = await days.ordinary_day()
    assert [kind for kind in IDS if not lost[kind] & new[kind]] == []


@pytest.mark.parametrize("said_so", [True, False], ids=["told", "not told"])
async def test_a_debit_from_before_pays_nobody_elses_order(days: Days, restored: Restored, said_so: bool) -> None:
    """An order was prepared after the copy was made, and its payer is debited when it is in its place."""
    await days.back_up()
    async with days.day() as parties:
        await parties.shop.opens("hers")
        old_id = (await parties.click.prepares("hers"))["merchant_prepare_id"]
        old_ids = parties.click.ids_of(old_id)
    await days.restore()
    if said_so:
        assert (await restored())[0] == 0
    async with days.day() as parties:
        for account in ("his", "hers"):
            await parties.shop.opens(account)
        new_id = (await parties.click.prepares("his"))["merchant_prepare_id"]
        assert (new_id == old_id) is not said_so
        debited = await parties.click.completes(old_id, "hers", **old_ids)
        assert debited["error"] in (-6, -9)
        assert {(await parties.shop.shows(account))["state"] for account in ("his", "hers")} == {"reserved", "awaiting"}
        assert (await parties.click.completes(new_id, "his"))["error"] == 0
        again = await parties.click.completes(old_id, "hers", **old_ids)
        assert again["error"] in (-6, -9)
        assert (await parties.shop.shows("hers"))["state"] == "awaiting"


async def test_every_sequence_goes_on_beyond_what_it_has_given_and_its_table_holds(
    days: Days, restored: Restored
) -> None:
    """A restore table by table leaves sequences behind the tables. What is somebody else's beside them is let alone."""
    given = await days.ordinary_day()
    ours = {row[0] for row in await days.sql("SELECT sequencename FROM pg_sequences")}
    assert {sequence.name for sequence in metadata._sequences.values()} < ours
    await days.sql("CREATE TABLE somebody_elses (id smallserial)")
    for name in ours:
        await days.sql(f"SELECT setval('{name}', 1, false)")
    status, said = await restored("--ahead", "5000")
    assert status == 0, said
    following = {name: (await days.sql(f"SELECT nextval('{name}')"))[0][0] for name in ours}
    assert [name for name in ours if following[name] <= 5000] == []
    assert following["payment_ids"] == max(given["payments.id"]) + 5000 + 1
    assert following["order_ids"] > max(given["orders.id"]) + 10**9
    assert following["transition_ids"] > max(given["transitions.id"]) + 10**9
    assert following["exchanges_id_seq"] > max(given["exchanges.id"]) + 10**9
    assert await days.sql("SELECT nextval('somebody_elses_id_seq')") == [(1,)]


async def test_ids_that_a_process_had_in_stock_count_as_given(days: Days, restored: Restored) -> None:
    [(first,)] = await days.sql("SELECT nextval('payment_ids')")
    assert (await restored("--ahead", "10"))[0] == 0
    [(following,)] = await days.sql("SELECT nextval('payment_ids')")
    assert following == first + 31 + 10 + 1


async def test_it_jumps_again_each_time_and_says_how_much_is_left(days: Days, restored: Restored) -> None:
    for number in (1, 2):
        status, said = await restored()
        assert status == 0, said
        left = 2**31 - 32 - number * AHEAD
        assert f"payment_ids: from {number * AHEAD + 1:,} on ({AHEAD:,} ahead; {left:,} left" in said
        assert f"room for {left // AHEAD:,} more such jumps" in said
        assert "WARNING" not in said
        assert "tiyin audit" in said
        assert "cabinets of Payme and Click" in said


async def test_what_does_not_fit_is_refused_and_changes_nothing(days: Days, restored: Restored) -> None:
    """Click takes no number from 2^31 on."""
    await days.sql(f"SELECT setval('payment_ids', {CLICK_IDS_END - 10_000}, false)")
    status, said = await restored()
    assert status == 1
    assert "payment_ids has room for a jump of 9,96" in said
    assert await days.sql("SELECT FROM order_ids WHERE is_called OR last_value > 1") == []
    assert len(await days.sql("SELECT FROM restores WHERE resumed_at IS NULL")) == 1, "a gateway must not serve it so"
    status, said = await restored("--ahead", "5000")
    assert status == 0, said
    assert "WARNING: payment_ids has room for less than 10 more such jumps" in said
    async with days.day() as parties:
        await parties.shop.opens("1001")
        assert CLICK_IDS_END - 5001 < await parties.click.pays("1001") < CLICK_IDS_END


async def test_not_while_a_gateway_runs(days: Days, restored: Restored) -> None:
    """It would give what it has in stock: ids of before."""
    async with days.day() as parties:
        await parties.shop.opens("1001")
        status, said = await restored()
        assert status == 1
        assert "stop every `tiyin serve`" in said
    assert (await restored())[0] == 0


async def test_of_the_embedded_database(restored: Restored, place: Path) -> None:
    home = {"TIYIN_HOME": str(place / "embedded")}
    status, said = await restored(**home)
    assert (status, said.split(":")[0]) == (1, "There is no database")
    command = [sys.executable, "-m", "gateway.cli", "migrate", "--embedded"]
    await asyncio.to_thread(subprocess.run, command, env=bare_environment() | SETTINGS | home, check=True)
    status, said = await restored(**home)
    assert (status, said.split(" the next")[0]) == (0, f"In the embedded database under {home['TIYIN_HOME']}")
