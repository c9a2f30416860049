"""The first start, killed at every step of it: the next one comes up, whatever was left."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.database import embedded, migrations
from gateway.database.cluster import BEING_MADE, Postgres
from gateway.database.embedded import embedded_database
from gateway.database.errors import EmbeddedError
from gateway.database.server_socket import SOCKET
from tests.bare_environment import bare_environment
from tests.faults.conftest import SEED
from tests.faults.harness.tmpfs import small_disk
from tests.open_folder import open_folder
from tests.ports import unused_port

PATIENCE = 60
NOBODY = 65534
ORDINARY_USER = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

Step = Callable[[Path], bool]
LeftAt = Callable[[str, Path], Path]


def anywhere(name: str) -> Step:
    """The data directory has this, whatever its own name is at the moment."""
    return lambda home: any(home.glob(f"postgres*/{name}"))


def in_place(name: str) -> Step:
    return lambda home: (home / "postgres" / name).exists()


def tables_are_made(home: Path) -> bool:
    """By the first migration: what initdb makes has lower numbers."""
    files = (home / "postgres" / "base" / "5").glob("[1-9]*")
    return any(file.name.isdecimal() and int(file.name) >= 16384 for file in files)


STEPS: dict[str, Step] = {
    "the home is made": Path.exists,
    "the keys are made": lambda home: any(home.glob("demo.env*")),
    "the lock is made": lambda home: (home / "run" / "postgres.lock").exists(),
    "the data directory is made": lambda home: any(home.glob("postgres*")),
    "its version is written": anywhere("PG_VERSION"),
    "it is configured": anywhere("postgresql.conf"),
    "it has its control file": anywhere("global/pg_control"),
    "it has a first database": anywhere("base/1/PG_VERSION"),
    "it has a second database": anywhere("base/4"),
    "it has a third database": anywhere("base/5"),
    "it is in place": in_place("base/5/PG_VERSION"),
    "it has a log": in_place("log"),
    "the server has its options": in_place("postmaster.opts"),
    "the server listens": in_place(SOCKET),
    "it is being migrated": tables_are_made,
}
MAKING = list(STEPS)[4:10]
"""The steps of initdb."""


def python_of(user: list[str]) -> str:
    """One that this user may run."""
    return sys.executable if not user else shutil.which("python3", path="/usr/local/bin:/usr/bin") or sys.executable


@contextmanager
def demonstration(home: Path, port: int, user: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """What a newcomer starts, in a process group of its own."""
    command = [*user, python_of(user), "-m", "gateway.cli", "demo"]
    paths = os.pathsep.join(path for path in sys.path if path)
    environ = bare_environment() | {"PYTHONPATH": paths, "TIYIN_HOME": str(home), "PORT": str(port)}
    with subprocess.Popen(
        command,
        cwd=home.parent,
        env=environ | {"DRAIN_SECONDS": "1"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield process
        finally:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def servers_of(home: Path) -> list[int]:
    """Every process of PostgreSQL's that works under this home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd").startswith(str(home)):
                found.append(int(entry.name))
    return found


def kill_everything(home: Path) -> None:
    """As a power cut does."""
    while found := servers_of(home):
        for process_id in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)


def started_and_killed(home: Path, when: Step, user: list[str], *, servers_too: bool) -> None:
    with demonstration(home, unused_port(), user) as process:
        end = time.monotonic() + PATIENCE
        while not when(home):
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < end
            time.sleep(0.0005)
        kill_group(process)
    if servers_too:
        kill_everything(home)


def assert_comes_up(home: Path, user: list[str]) -> None:
    """It opens its orders, is ready for calls, and ends as it should."""
    port = unused_port()
    with demonstration(home, port, user) as process:
        said = b""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if b"/api/v1/orders/" in line:
                break
        else:
            raise AssertionError(said.decode())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert not list(home.glob(f"{BEING_MADE}*"))
    assert not embedded.running(home)


@pytest.fixture
def home() -> Iterator[Path]:
    """That of a gateway which is still to be started. A short path, where any user may make it."""
    with tempfile.TemporaryDirectory(prefix="tiyin-") as place:
        Path(place).chmod(0o777)
        yield Path(place) / "home"
        kill_everything(Path(place) / "home")


@pytest.mark.parametrize("step", [step for step in STEPS if step not in MAKING])
def test_killed_at_a_step(home: Path, step: str) -> None:
    started_and_killed(home, STEPS[step], [], servers_too=False)
    assert_comes_up(home, [])


@pytest.mark.parametrize("step", list(STEPS)[3:])
def test_the_power_goes_at_a_step(home: Path, step: str) -> None:
    started_and_killed(home, STEPS[step], [], servers_too=True)
    for directory in home.glob(f"{BEING_MADE}*"):  # nobody has said that these are on the disk
        lose(directory)
    assert_comes_up(home, [])


@pytest.mark.parametrize("number", range(4))
def test_killed_at_any_moment(home: Path, number: int) -> None:
    chance = random.Random(f"{SEED} {number}")
    end = time.monotonic() + chance.uniform(0.5, 4)
    started_and_killed(home, lambda _: time.monotonic() > end, [], servers_too=chance.random() < 0.5)
    assert_comes_up(home, [])


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
@pytest.mark.parametrize("step", ["it has its control file", "it is being migrated"])
def test_an_ordinary_user_is_killed_at_a_step(home: Path, step: str) -> None:
    try_import = [*ORDINARY_USER, python_of(ORDINARY_USER), "-c", "import gateway.app"]
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    if subprocess.run(try_import, cwd="/", env=bare_environment() | paths, capture_output=True).returncode:
        pytest.skip("this Python cannot be used by an ordinary user")
    started_and_killed(home, STEPS[step], ORDINARY_USER, servers_too=False)
    assert_comes_up(home, ORDINARY_USER)
    assert (home / "postgres").stat().st_uid == NOBODY


# --- What older versions left, which made the directory in its place


def lose(directory: Path) -> None:
    """Every file of it is there and empty, as after a power cut."""
    for file in directory.rglob("*"):
        if file.is_file():
            os.truncate(file, 0)


@pytest.fixture(scope="module")
def left_at() -> Iterator[Callable[[str, Path], Path]]:
    """What initdb leaves where it is killed at a step, in the place of a whole directory. Made once for each step."""
    with open_folder() as place:

        def left(step: str, home: Path) -> Path:
            kept = place / step.replace(" ", "-")
            if not kept.exists():
                started_and_killed(kept, STEPS[step], [], servers_too=True)
            (half,) = kept.glob(f"{BEING_MADE}*")
            home.mkdir()
            subprocess.run(["cp", "-a", str(half), str(home / "postgres")], check=True)
            return home / "postgres"

        yield left


@pytest.mark.parametrize("lost", [False, True], ids=["as it was", "emptied"])
@pytest.mark.parametrize("step", MAKING[:-1])
def test_a_half_directory_in_its_place_is_made_anew(home: Path, left_at: LeftAt, step: str, lost: bool) -> None:
    half = left_at(step, home)
    if lost:
        lose(half)
    assert not embedded.exists(home)
    with embedded_database(home) as url:
        migrations.upgrade(url)


@pytest.mark.parametrize("left", ["log", "postmaster.opts", "base/5/16384", "base/16385/1259", "pg_tblspc/1", "notes"])
def test_what_may_have_been_used_is_never_removed(home: Path, left_at: LeftAt, left: str) -> None:
    half = left_at(MAKING[1], home)
    shutil.rmtree(half / "global", ignore_errors=True)
    file = half / left
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text("")
    with pytest.raises(EmbeddedError), embedded_database(home):
        pass
    assert file.exists()
    assert embedded.exists(home)


def test_a_server_that_has_run_is_no_half_one(home: Path) -> None:
    """Its control file is lost: PostgreSQL must say so."""
    with embedded_database(home):
        pass
    (home / "postgres" / "log").unlink()
    (home / "postgres" / "postmaster.opts").unlink()
    (home / "postgres" / "postmaster.pid").write_text("123\n")
    (home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError), embedded_database(home):
        pass
    assert (home / "postgres" / "base" / "5" / "PG_VERSION").exists()


def test_a_database_whose_new_name_was_lost_is_named_and_kept(home: Path) -> None:
    with embedded_database(home):
        pass
    lost = (home / "postgres").rename(home / f"{BEING_MADE}abc")
    with (
        pytest.raises(EmbeddedError, match=f"{lost} holds a database that was used.*rename it"),
        embedded_database(home),
    ):
        pass
    lost.rename(home / "postgres")
    with embedded_database(home):
        pass


def test_a_lost_process_id_is_no_server(home: Path) -> None:
    """An empty file is what a power cut leaves of one that was just made."""
    with embedded_database(home):
        pass
    for name in ("postmaster.pid", f"{SOCKET}.lock"):
        (home / "postgres" / name).write_text("")
    with embedded_database(home):
        assert Postgres(home).is_running()


def test_no_database_is_made_on_a_mount_point(home: Path) -> None:
    home.mkdir()
    with (
        small_disk(home / "postgres", 8),
        pytest.raises(EmbeddedError, match="is a mount point"),
        embedded_database(home),
    ):
        pass


def test_the_place_is_on_the_disk_before_anything_is_stored(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename that only the system's memory knows would be undone by a power cut, and what is in it thrown away."""
    done: list[str] = []
    for name in ("fsync", "rename"):
        monkeypatch.setattr(os, name, recorded(name, done))
    with embedded_database(home):
        pass
    renamed = done.index(f"rename {home / 'postgres'}")
    assert f"fsync {home}" in done[renamed:]
    assert f"fsync {home.parent}" in done[renamed:]


def recorded(name: str, done: list[str]) -> Callable[..., object]:
    really = getattr(os, name)

    def call(*arguments: object) -> object:
        what = os.readlink(f"/proc/self/fd/{arguments[0]}") if name == "fsync" else arguments[-1]
        done.append(f"{name} {what}")
        return really(*arguments)

    return call
