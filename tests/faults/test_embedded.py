"""The embedded database: one server for all who need it, gone with the last of them, however they end."""

import asyncio
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database import embedded
from gateway.database.cluster import Postgres
from gateway.database.embedded import address_under, embedded_database
from gateway.database.errors import EmbeddedError
from gateway.database.server_socket import SOCKET, SOCKET_PATH_MAX_BYTES
from gateway.database.server_user import identity
from tests.open_folder import open_folder

USER = """
import select, signal, sys
from pathlib import Path
from gateway.database.embedded import embedded_database
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs behind it ignore Ctrl-C
with embedded_database(Path(sys.argv[1])):
    print("in", flush=True)
    while not select.select([sys.stdin], [], [], 0.2)[0]:  # a signal that comes just before a read waits for its end
        pass
    sys.stdin.readline()
"""

STATUS = """
import sys
from pathlib import Path
from gateway.database.postmaster import status_of
print(repr(status_of(Path(sys.argv[1]))))
"""

UNTRACED = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"]
"""As root, without the right to look into other users' processes."""

NOBODY = 65534
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Made once. A short path, unlike pytest's own temporary directories, and open to the server's user."""
    with open_folder() as place:
        yield place / "home"


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    yield made
    embedded.stop(made, force=True)


@contextmanager
def user_of(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the database until it may go on."""
    command = [sys.executable, "-c", USER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        try:
            yield process
        finally:
            process.kill()


def ask(url: str, question: str) -> object:
    async def answer() -> object:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = await connection.scalar(text(question))
        await engine.dispose()
        return found

    return asyncio.run(answer())


def test_it_runs_as_long_as_a_process_uses_it(home: Path) -> None:
    with embedded_database(home) as url:
        assert ask(url, "SELECT 1") == 1
        assert embedded.running(home)
    assert not embedded.running(home)


def test_it_keeps_what_it_promises_to_keep(home: Path) -> None:
    with embedded_database(home) as url:
        assert [ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "listen_addresses")] == [
            "on",
            "on",
            "",
        ]
        assert stat_mode(home / "postgres") == 0o700


def test_the_last_to_leave_stops_it(home: Path) -> None:
    with user_of(home) as other:
        with embedded_database(home):
            pass
        assert embedded.running(home)
        other.communicate("go\n", timeout=20)
        assert not embedded.running(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_command_and_its_server(home: Path, number: signal.Signals) -> None:
    with user_of(home) as process:
        process.send_signal(number)
        process.wait(20)
        assert not embedded.running(home)


def test_what_a_killed_process_left_is_joined_and_stopped(home: Path) -> None:
    with user_of(home) as process:
        process.kill()
        process.wait(20)
        assert embedded.running(home)
        with embedded_database(home) as url:
            assert ask(url, "SELECT 1") == 1
        assert not embedded.running(home)


def test_stopping_leaves_it_to_those_who_use_it(home: Path) -> None:
    with user_of(home):
        assert not embedded.stop(home)
        assert embedded.running(home)
        assert embedded.stop(home, force=True)
        assert not embedded.running(home)


def test_the_last_to_leave_stops_it_though_its_locks_were_removed(fresh_home: Path) -> None:
    with embedded_database(fresh_home):
        shutil.rmtree(fresh_home / "run")
    assert not Postgres(fresh_home).is_running()


def test_it_is_not_said_to_be_stopped_because_its_locks_were_removed(fresh_home: Path) -> None:
    with embedded_database(fresh_home):
        shutil.rmtree(fresh_home / "run")
        assert embedded.stop(fresh_home, force=True)
        assert not Postgres(fresh_home).is_running()


def test_two_that_come_at_once_share_one_server(fresh_home: Path) -> None:
    command = [sys.executable, "-c", USER, str(fresh_home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    assert [process.communicate("go\n", timeout=30)[0] for process in both] == ["in\n", "in\n"]
    assert [process.returncode for process in both] == [0, 0]
    assert not embedded.running(fresh_home)
    assert fresh_home.stat().st_mode & 0o066 == 0  # nobody else may list what is there


def test_a_forked_childs_end_is_not_its_parents(home: Path) -> None:
    child = subprocess.run([sys.executable, "-c", FORK, str(home)], capture_output=True, text=True, timeout=60)
    assert (child.stdout, child.returncode) == ("True\n", 0), child.stderr


FORK = """
import os, sys
from pathlib import Path
from gateway.database.embedded import embedded_database, stop
home = Path(sys.argv[1])
with embedded_database(home):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print(not stop(home))
"""


def test_a_process_id_that_was_given_again_is_no_server(home: Path) -> None:
    with embedded_database(home):
        pass
    whose = (home / "postgres").stat().st_uid if os.geteuid() == 0 else None  # only its own would hold the server up
    with subprocess.Popen(["sleep", "60"], user=whose) as another:
        (home / "postgres" / "postmaster.pid").write_text(f"{another.pid}\n")
        with embedded_database(home) as url:
            assert ask(url, "SELECT 1") == 1
        another.kill()


def test_a_process_id_that_another_homes_server_has_now_is_no_server_here(home: Path, fresh_home: Path) -> None:
    with embedded_database(fresh_home):
        pass
    with embedded_database(home):
        (fresh_home / "postgres" / "postmaster.pid").write_text((home / "postgres" / "postmaster.pid").read_text())
        with embedded_database(fresh_home) as url:
            assert ask(url, "SELECT 1") == 1
        assert embedded.running(home)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_another_homes_server_is_none_here_where_no_process_may_be_looked_into(home: Path, fresh_home: Path) -> None:
    """In a container root may not see where a process works. The other one is of the same user, and younger."""
    with embedded_database(fresh_home):
        lines = (fresh_home / "postgres" / "postmaster.pid").read_text().splitlines()
    with embedded_database(home):
        lines[:3] = [str(postmaster_of(home)), lines[1], str(int(lines[2]) - 3600)]
        (fresh_home / "postgres" / "postmaster.pid").write_text("\n".join([*lines, ""]))
        command = [*UNTRACED, sys.executable, "-c", USER, str(fresh_home)]
        done = subprocess.run(command, input="go\n", capture_output=True, text=True, timeout=100)
        assert (done.stdout, done.returncode) == ("in\n", 0), done.stderr
        assert embedded.running(home)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_another_users_server_is_none_here(home: Path, fresh_home: Path) -> None:
    data = fresh_home / "postgres"
    data.mkdir(parents=True)
    with embedded_database(home):
        shutil.copy(home / "postgres" / "postmaster.pid", data)
        os.chown(data, 65534, 65534)
        command = [*UNTRACED, sys.executable, "-c", STATUS, str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.returncode) == ("''\n", 0), done.stderr


def test_a_server_in_another_container_is_joined_and_left_as_it_is(home: Path) -> None:
    """There its process id is nobody's, or another's. One that finds another id in its file ends itself."""
    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("needs a name space of process ids")
    with embedded_database(home) as url:
        before = (home / "postgres" / "postmaster.pid").read_text()
        command = [*apart, sys.executable, "-c", USER, str(home)]
        joined = subprocess.run(command, input="go\n", capture_output=True, text=True, timeout=60)
        assert (joined.stdout, joined.returncode) == ("in\n", 0), joined.stderr
        assert (home / "postgres" / "postmaster.pid").read_text() == before
        assert ask(url, "SELECT 1") == 1


def test_a_server_in_another_container_is_not_taken_for_dead_where_its_socket_is_out_of_reach(home: Path) -> None:
    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("needs a name space of process ids")
    command = [*apart, sys.executable, "-c", USER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "in\n"
        reached, out_of_reach = home / "postgres" / SOCKET, home / "postgres" / "elsewhere"
        reached.rename(out_of_reach)
        with pytest.raises(EmbeddedError, match="run the command there"), embedded_database(home):
            pass
        out_of_reach.rename(reached)
        assert ask(address_under(home), "SELECT 1") == 1
        user.communicate("go\n")


def test_a_dead_server_that_nobody_has_waited_for_is_none(home: Path) -> None:
    """In a container whose first process waits for nobody it is listed for ever."""
    with embedded_database(home):
        pass
    account = identity() if os.geteuid() == 0 else {}
    program = home.parent / "postgres"
    shutil.copy(shutil.which("sleep") or "sleep", program)
    dead = subprocess.Popen([str(program), "60"], **account)
    dead.kill()
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
    for name in ("postmaster.pid", f"{SOCKET}.lock"):
        (home / "postgres" / name).write_text(f"{dead.pid}\n")
    try:
        with embedded_database(home) as url:
            assert ask(url, "SELECT 1") == 1
    finally:
        dead.wait()


def test_a_deep_data_directory_gets_a_short_place_for_its_socket(deep: Path) -> None:
    with embedded_database(deep) as url:
        place = Postgres(deep).socket_dir
        assert len(os.fsencode(place / SOCKET)) <= SOCKET_PATH_MAX_BYTES
        assert stat_mode(place) == 0o700
        assert ask(url, "SELECT 1") == 1


@contextmanager
def stranger(folder: Path, user: int) -> Iterator[list[bytes]]:
    """Somebody who listens in the server's place. What was sent there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        (folder / SOCKET).unlink(missing_ok=True)
        listener.bind(str(folder / SOCKET))
        listener.listen()
        if os.geteuid() == 0:
            os.chown(folder, user, user)

        def listen() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    with caller:
                        heard.append(caller.recv(1024))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture(scope="module")
def made_deep(made: Path) -> Path:
    return made.parent / "deep" / ("d" * 60) / ("e, 'f" * 12)


@pytest.fixture
def deep(made_deep: Path) -> Iterator[Path]:
    """A home whose path is too long for a socket."""
    yield made_deep
    embedded.stop(made_deep, force=True)
    shutil.rmtree(Postgres(made_deep).socket_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes another user's socket")
def test_a_socket_under_a_name_that_can_be_guessed_is_not_believed(deep: Path) -> None:
    name = hashlib.sha256(os.fsencode(deep / "postgres")).hexdigest()[:12]
    guessed = Path(tempfile.gettempdir()) / f"tiyin-0-{name}"
    with stranger(guessed, NOBODY) as heard, embedded_database(deep) as url:
        assert ask(url, "SELECT 1") == 1
        assert heard == []
    shutil.rmtree(guessed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder to another user")
@pytest.mark.parametrize("spoil", ["another's", "for all to write", "a link"])
def test_a_socket_in_a_folder_that_is_not_ours_alone_is_not_believed(deep: Path, spoil: str) -> None:
    with embedded_database(deep):
        folder = Postgres(deep).socket_dir
        assert folder.name not in os.fsdecode(deep)
    shutil.rmtree(folder)
    ours = identity()["user"]
    with stranger(folder, NOBODY if spoil == "another's" else ours) as heard:
        if spoil == "for all to write":
            folder.chmod(0o777)
        elif spoil == "a link":
            folder.rename(moved := folder.with_name(f"{folder.name}-moved"))
            folder.symlink_to(moved)
        assert not embedded.running(deep)
        with embedded_database(deep) as url:
            assert (ask(url, "SELECT 1"), heard) == (1, [])
    shutil.rmtree(folder.resolve())
    folder.unlink(missing_ok=True)


def test_a_server_whose_folder_others_may_change_is_not_joined(home: Path) -> None:
    with user_of(home):
        (home / "postgres").chmod(0o777)
        with pytest.raises(EmbeddedError, match=f"not believed: see whose it is, then chmod 700 {home}/postgres"):
            embedded_database(home).__enter__()
        (home / "postgres").chmod(0o700)
        with embedded_database(home) as url:
            assert ask(url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is another user than the server's")
def test_what_another_user_answers_in_our_folder_is_not_believed(home: Path) -> None:
    with embedded_database(home):
        pass
    with stranger(home / "postgres", identity()["user"]):
        assert not embedded.running(home)
        with embedded_database(home) as url:
            assert ask(url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server needs no way for another")
def test_a_private_folder_on_the_way_is_not_opened(fresh_home: Path) -> None:
    """Not by the first start, and not under a database that is there already."""
    private = fresh_home.parent
    private.chmod(0o700)
    why = f"{private} is closed to the user pgserver, as whom root's PostgreSQL runs, and {fresh_home}/postgres"
    with pytest.raises(EmbeddedError, match=f"^{why}.* set TIYIN_HOME to a place such as /var/lib/tiyin, run as an"):
        embedded_database(fresh_home).__enter__()
    assert (stat_mode(private), list(fresh_home.glob("postgres*"))) == (0o700, [])
    elsewhere = Postgres(fresh_home)
    (private / "programs").symlink_to(elsewhere.binaries)
    elsewhere.binaries = private / "programs"
    with pytest.raises(EmbeddedError, match="PostgreSQL's programs are in it: install tiyin in a place such as /opt,"):
        elsewhere.ensure_running()
    private.chmod(0o710)
    os.chown(private, 0, identity()["group"])
    with embedded_database(fresh_home) as url:
        assert ask(url, "SELECT 1") == 1
    private.chmod(0o700)
    with pytest.raises(EmbeddedError, match=f"^{why}"):
        embedded_database(fresh_home).__enter__()
    assert stat_mode(private) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server needs no way for another")
def test_what_root_makes_itself_lets_its_server_pass_whatever_is_usual(fresh_home: Path) -> None:
    before = os.umask(0o077)
    try:
        with embedded_database(fresh_home / "within") as url:
            assert ask(url, "SELECT 1") == 1
    finally:
        os.umask(before)
    assert [stat_mode(folder) for folder in (fresh_home, fresh_home / "within" / "run")] == [0o701, 0o700]


def test_a_data_directory_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="choose another TIYIN_HOME"), embedded_database(tmp_path / "file"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets another user's directory")
def test_another_users_data_is_left_alone(fresh_home: Path) -> None:
    data = fresh_home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18")
    os.chown(data, 65534, 65534)
    for use in (embedded_database, embedded.alone):
        with pytest.raises(EmbeddedError, match="made by another user"), use(fresh_home):
            pass
    assert list(fresh_home.iterdir()) == [data]


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_it_runs_as_an_ordinary_user_too(fresh_home: Path) -> None:
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin") or sys.executable
    fresh_home.parent.chmod(0o777)
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": os.environ["PATH"]}
    command = [*AS_NOBODY, python, "-c", USER, str(fresh_home)]
    if subprocess.run(
        [*command[:-2], "import gateway.database.embedded"], env=environment, capture_output=True
    ).returncode:
        pytest.skip("this Python cannot be used by an ordinary user")
    done = subprocess.run(command, env=environment, input="go\n", capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("in\n", 0), done.stderr
    assert (fresh_home / "postgres").stat().st_uid == 65534


def postmaster_of(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split()[0])


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
