"""What tiyin starts sees none of its settings: not the server, not the terminal."""

import ast
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.child_environment import AT_A_TERMINAL, AT_A_TERMINAL_PREFIXES, FOR_ALL
from gateway.config.settings import load
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types
from tests.ports import unused_port
from tests.test_tidy import MODULES, named

SECRETS = {
    **SETTINGS,
    "API_TEST_TOKEN": "test-mode-token-of-the-shop-0123456789abcdef",
    "PAYME_SANDBOX": "1",
    "RATE_LIMIT_STORE": "redis://:Redis-Secret-Of-Ours@127.0.0.1:1/0",
    "AWS_SECRET_ACCESS_KEY": "somebody's of another program",
    "LANG": "uz_UZ.UTF-8",
}
SERVES = {**SECRETS, "PGPASSWORD": "the-password-of-another-database"}


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """A gateway on an embedded database, with its secrets in its environment."""
    port = unused_port()
    environ = bare_environment() | SERVES | {"TIYIN_HOME": str(home), "PORT": str(port), "DRAIN_SECONDS": "1"}
    command = [sys.executable, "-m", "gateway.cli", "serve"]
    with subprocess.Popen(command, cwd=home.parent, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("listening" in line for line in process.stdout)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live") as answer:
            assert answer.status == 200
        yield
        process.terminate()
        process.communicate(timeout=60)


def environment_of(process_id: int) -> dict[str, str]:
    text = Path("/proc", str(process_id), "environ").read_text()
    return dict(entry.partition("=")[::2] for entry in text.split("\0") if entry)  # type: ignore[misc]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_embedded_server_has_no_secret(fresh_home: Path) -> None:
    with serving(fresh_home):
        lines = (fresh_home / "postgres" / "postmaster.pid").read_text().splitlines()
        seen = environment_of(int(lines[0]))
    own = {"PWD", "OLDPWD", "SHLVL", "_"}  # of the shell that starts it; PostgreSQL gives it names with PG
    assert {name for name in seen.keys() - FOR_ALL - own if not name.startswith("PG")} == set()
    assert not set(seen.values()) & set(SERVES.values()) - {"1"}
    assert "PATH" in seen


def test_psql_has_what_a_person_needs_and_no_secret(types: Types) -> None:
    home = {"TERM": "xterm-256color", "PSQL_PAGER": "cat", "EDITOR": "nano", "LC_TIME": "C", "PGTZ": "Asia/Tashkent"}
    status, said, error = types("db", "psql", "-c", r"\! env", **SECRETS, **home)
    assert (status, error) == (0, "")
    seen = dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)
    assert seen.items() >= home.items() | {("LANG", SECRETS["LANG"])}
    assert not {name for name in SECRETS if name in seen} - {"LANG"}


def test_no_setting_is_among_what_is_seen() -> None:
    settings = {*SECRETS, *load(SETTINGS).model_fields_set, "DATABASE_URL", "TIYIN_HOME", "PAYMENTS_LOG"} - {"LANG"}
    names = {name.upper() for name in settings}
    assert not names & (FOR_ALL | AT_A_TERMINAL)
    assert not [name for name in names if name.startswith(AT_A_TERMINAL_PREFIXES)]


def started(path: Path) -> Iterator[ast.Call]:
    """Each call that starts a program."""
    source = path.read_text(encoding="utf-8")
    if "subprocess" not in source and "os." not in source:
        return  # to parse each file takes long
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, name = getattr(node.func.value, "id", ""), node.func.attr
            starts = ("exec", "spawn", "posix_spawn", "system", "popen")
            if owner == "subprocess" or "subprocess" in name or (owner == "os" and name.startswith(starts)):
                yield node


@pytest.mark.parametrize("path", [path for path in MODULES if any(started(path))], ids=named)
def test_each_program_is_given_an_environment(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for call in started(path):
        given = {keyword.arg: ast.get_source_segment(source, keyword.value) or "" for keyword in call.keywords}
        assert "environ" in given.get("env", ""), f"line {call.lineno}"
    assert "os.environ" not in source


def test_programs_are_found() -> None:
    """The test above looks at something."""
    assert {named(path) for path in MODULES if any(started(path))} == {
        "gateway/cli/database.py",
        "gateway/database/client_programs.py",
        "gateway/database/cluster.py",
        "gateway/database/majors.py",
        "gateway/database/postmaster.py",
        "gateway/database/server_user.py",
    }
