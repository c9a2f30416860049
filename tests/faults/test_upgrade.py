"""`tiyin db upgrade`: from Debian's PostgreSQL 15 to the embedded one, killed at its steps, and nothing is lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from core.clock import wall_clock
from gateway.database import embedded, migrations
from gateway.database.cluster import Postgres
from gateway.database.majors import find_programs, major_of_data
from gateway.database.postmaster import status_of
from gateway.database.server_socket import SOCKET
from schema.values import to_ms
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.faults.harness.gateway import Program
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import PRICE, Parties

OLD = 15
PROGRAMS = find_programs(OLD)
PATIENCE_SECONDS = 120
PAID, PENDING = "a" * 24, "b" * 24

pytestmark = pytest.mark.skipif(PROGRAMS is None, reason=f"needs PostgreSQL {OLD} (apt install postgresql-{OLD})")


class Old(Postgres):
    """The same with programs of the older version, as a tiyin of its time had them."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        assert PROGRAMS is not None
        self.binaries = PROGRAMS

    def make(self) -> None:
        self.data.mkdir(parents=True)
        self._own(self.data)
        self._run("initdb", "--auth=trust", "-U", "postgres", "--encoding=UTF8", "--locale=C")
        self.ensure_running()


class Upgrading:
    """A home, and the command on it."""

    def __init__(self, home: Path) -> None:
        self.home, self.data, self.work = home, home / "postgres", home / "postgres.upgrade"
        self.kept = home / f"postgres-{OLD}-before-upgrade"
        self._environ = bare_environment() | SETTINGS | {"TIYIN_HOME": str(home)}

    def begins(self, *command: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", *map(str, command or ("db", "upgrade"))],
            env=self._environ,
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def runs(self, *command: object) -> tuple[int, str]:
        """Status, and what it said."""
        with self.begins(*command) as process:
            try:
                said, _ = process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # it serves, which it should not
                raise
        return process.returncode, said

    def is_killed(self, when: Callable[[], bool], *, group: bool) -> None:
        with self.begins() as process:
            end = time.monotonic() + PATIENCE_SECONDS
            while not when():
                assert process.poll() is None, process.stdout.read() if process.stdout else ""
                assert time.monotonic() < end
                time.sleep(0.0005)
            os.killpg(process.pid, signal.SIGKILL) if group else process.kill()


@pytest.fixture
def upgrading(place: Path) -> Iterator[Upgrading]:
    upgrading = Upgrading(place / "upgraded")
    yield upgrading
    Old(upgrading.home).stop()
    embedded.stop(upgrading.home, force=True)
    shutil.rmtree(upgrading.home)


STEPS: dict[str, Callable[[Upgrading], bool]] = {
    "the old server listens": lambda upgrading: (upgrading.work / "socket" / SOCKET).exists(),
    "the new server listens": lambda upgrading: (upgrading.work / "postgres" / SOCKET).exists(),
    "the database is copied": lambda upgrading: (upgrading.work / "copies" / "0.dump").exists(),
    "rows are there": lambda upgrading: any((upgrading.work / "postgres" / "base").glob("163*/163*")),
}


async def test_payments_of_the_old_go_on_in_the_new_wherever_it_was_killed(
    upgrading: Upgrading, program: Program, http, parties: Callable[[str], Parties]
) -> None:
    old = Old(upgrading.home)
    old.make()
    url = embedded.address_under(upgrading.home)
    embedded_url = {"TIYIN_HOME": str(upgrading.home), "DATABASE_URL": ""}
    await asyncio.to_thread(migrations.upgrade, url)
    async with program.serving(http, url) as gateway:
        before = parties(gateway.url)
        for account, name in (("paid", PAID), ("pending", PENDING), ("clicked", None)):
            await before.shop.opens(account)
            if name:
                await before.payme.creates(name, to_ms(wall_clock()), account, PRICE)
        paid = await before.payme.performs(PAID)
        prepared = (await before.click.prepares("clicked"))["merchant_prepare_id"]
        gateway.send_signal(signal.SIGTERM)
        assert await gateway.ended() == 0
    status, said = upgrading.runs()
    assert (status, f"A server runs on {upgrading.data}: stop it first" in said) == (1, True), said
    old.stop()
    status, said = upgrading.runs("serve", "--port", "0")
    assert (status, "run `tiyin db upgrade`" in said) == (1, True), said

    for number, step in enumerate(STEPS.values()):
        upgrading.is_killed(partial(step, upgrading), group=number % 2 == 0)
        if number == 0:
            assert (upgrading.runs("db", "stop")[0], status_of(upgrading.data)) == (0, "")
    status, said = upgrading.runs()
    assert (status, "every sequence where it was" in said, "WARNING" in said) == (0, True, False), said
    assert (major_of_data(upgrading.data), major_of_data(upgrading.kept), upgrading.work.exists()) == (18, OLD, False)
    assert "nothing to upgrade" in upgrading.runs()[1]

    async with program.serving(http, url, **embedded_url) as gateway:
        after = parties(gateway.url)
        await gateway.is_ready(http)
        assert await after.payme.performs(PAID) == paid
        assert (await after.payme.performs(PENDING))["state"] == 2
        completes = before.click.at(after.click.url).completes
        assert [(await completes(prepared, "clicked"))["error"] for _ in range(2)] == [0, -4]
        await after.shop.opens("new")
        assert (await after.click.prepares("new"))["merchant_prepare_id"] > prepared
        await assert_invariants_hold(url)


def test_killed_in_its_last_steps_it_is_finished_or_begins_anew(upgrading: Upgrading) -> None:
    old = Old(upgrading.home)
    old.make()
    old.stop()
    assert upgrading.runs()[0] == 0
    mark = upgrading.work / "complete"

    upgrading.work.mkdir()  # killed before the first of the two renames: the old one may have been used since
    (upgrading.data / "from before").touch()
    upgrading.data.rename(upgrading.work / "postgres")
    upgrading.kept.rename(upgrading.data)
    mark.write_text(upgrading.kept.name)
    assert upgrading.runs()[0] == 0
    assert (major_of_data(upgrading.data), (upgrading.data / "from before").exists()) == (18, False)

    upgrading.work.mkdir()  # killed between the two: nothing is made in the empty place
    upgrading.data.rename(upgrading.work / "postgres")
    mark.write_text(upgrading.kept.name)
    status, said = upgrading.runs("serve", "--port", "0")
    assert (status, "run `tiyin db upgrade`" in said, upgrading.data.exists()) == (1, True, False), said
    status, said = upgrading.runs()
    assert (status, "The last step was done" in said, str(upgrading.kept) in said) == (0, True, True), said
    assert (major_of_data(upgrading.data), major_of_data(upgrading.kept)) == (18, OLD)
