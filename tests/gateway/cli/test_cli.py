"""The command line, typed as an operator would: what it answers, what it refuses, and in how many words."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.database import embedded, migrations
from schema.releases import this_release
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types
from tests.open_folder import open_folder


def test_it_is_a_program() -> None:
    program = Path(sys.executable).with_name("tiyin")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tiyin {this_release()}\n", "")


def test_a_refusal_to_start_is_no_traceback(tmp_path: Path) -> None:
    environ = {"PAYME_KEY": "short", "PAYME_MERCHANT_ID": SETTINGS["PAYME_MERCHANT_ID"]}
    command = [sys.executable, "-m", "gateway.cli", "serve"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "PAYME_KEY is shorter than 16 characters.\n")


def test_an_order_lives_from_add_to_cancel(types: Types) -> None:
    status, said, _ = types("order", "add", "1001", "5000000", "--description", "Toy [box]")
    assert status == 0
    assert all(part in said for part in ("awaiting", "50,000.00 so'm", "Toy [box]"))
    assert "payme: https://checkout.paycom.uz/" in said
    assert "click: https://my.click.uz/services/pay?" in said
    assert "█" in said  # QR codes
    assert "1001" in types("order", "list", "--state", "awaiting")[1]
    assert types("order", "cancel", "1001") == (0, "Order 1001 is cancelled.\n", "")
    assert "1001" not in types("order", "list", "--state", "awaiting")[1]
    assert "cancelled" in types("order", "show", "1001")[1]


def test_an_order_says_where_its_payer_returns_and_why_there_is_no_link(types: Types) -> None:
    back = "https://shop.example.uz/thanks?order=1001"
    options = ("--return-url", back, "--lang", "uz", "--card-type", "humo")
    status, said, _ = types("order", "add", "1001", "500", *options)
    assert (status, all(part in said for part in (back, "│ uz", "│ humo", "&card_type=humo"))) == (0, True)
    status, said, _ = types("order", "amend", "1001", "--lang", "en", "--return-url", f"{back};a")
    assert (status, "│ en" in said) == (0, True)
    assert "payme: A link to Payme cannot carry the ; in return_url: send the payer by the form.\n" in said
    assert "in the order's answer at the merchant API, field `forms`.\n" in said
    types("order", "cancel", "1001")
    said = types("order", "show", "1001")[1]
    sentence = "The order is cancelled: no link opens a payment any more. Reopen it to have it paid."
    assert said.endswith(f"payme: {sentence}\nclick: {sentence}\n")


def test_a_link_that_no_qr_code_holds_is_printed_alone(types: Types) -> None:
    status, said, _ = types("order", "add", "1001", "500", "--return-url", "https://shop.uz/" + "(" * 1900)
    assert (status, said.count("The link is too long for a QR code.\n")) == (0, 1)


def test_an_order_is_amended_cancelled_and_reopened(types: Types) -> None:
    types("order", "add", "1001", "5000000", "--expires-in", "1", "--strict")
    status, said, _ = types("order", "amend", "1001", "4000000", "--description", "Toy")
    assert (status, "40,000.00 so'm" in said, "Toy" in said, ", strictly" in said) == (0, True, True, True)
    assert types("order", "release", "1001")[0] == 0
    assert types("order", "cancel", "1001", "--release") == (0, "Order 1001 is cancelled.\n", "")
    assert "refused, expires_at must be a time" in types("order", "reopen", "1001", "--for-ever")[2]
    status, said, _ = types("order", "reopen", "1001", "--expires-in", "2")
    assert (status, "awaiting" in said) == (0, True)
    wrong = types("order", "amend", "1001", "--min", "5")[2]
    assert wrong == "Order '1001' of shop main: refused, min_amount is a field of accumulative orders only.\n"


def test_a_test_order_is_another_order(types: Types) -> None:
    status, said, _ = types("order", "add", "t-1", "5000000", "--test")
    assert (status, "main (test mode)" in said, "~" in said) == (0, True, False)
    assert "t-1" in types("order", "list", "--test")[1]
    assert "t-1" not in types("order", "list")[1]


def test_a_balance_names_no_amount(types: Types) -> None:
    status, said, _ = types("order", "add", "b-1", "--balance", "--min", "100000")
    assert (status, "accumulative" in said, "1,000.00 so'm" in said) == (0, True, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["order", "show", "1001"], "There is no order '1001' in shop main.\n", id="unknown order"),
        pytest.param(
            ["order", "amend", "1001"],
            "Say what changes: an amount, or one of the options (`tiyin order amend --help` lists them).\n",
            id="no change",
        ),
        pytest.param(["order", "amend", "1001", "0"], "amount must be at least 1.\n", id="amended to nothing"),
        pytest.param(
            ["order", "amend", "1001", "5"], "Order '1001' of shop main: refused, order not found.\n", id="amend"
        ),
        pytest.param(
            ["order", "release", "1001"], "Order '1001' of shop main: refused, order not found.\n", id="release"
        ),
        pytest.param(
            ["order", "reopen", "1001"], "Order '1001' of shop main: refused, order not found.\n", id="reopen"
        ),
        pytest.param(
            ["order", "reopen", "1001", "--for-ever", "--expires-in", "1"],
            "Give --expires-in or --for-ever, not both.\n",
            id="two expiries",
        ),
        pytest.param(
            ["order", "add", "1001", "5", "--strict"], "strict_expiry needs expires_at beside it.\n", id="strict"
        ),
        pytest.param(
            ["order", "cancel", "1001"], "Order '1001' of shop main: refused, order not found.\n", id="cancel"
        ),
        pytest.param(
            ["order", "show", "1001", "--test"], "There is no order '1001' in shop main (test mode).\n", id="show test"
        ),
        pytest.param(
            ["order", "cancel", "1001", "--test"],
            "Order '1001' of shop main (test mode): refused, order not found.\n",
            id="cancel test",
        ),
        pytest.param(["order", "add", "1001"], "amount is required.\n", id="no amount"),
        pytest.param(
            ["order", "add", "1001", "5", "--return-url", "https://me:key@shop.uz/"],
            "return_url must not hold a user or a password: every payer would see them.\n",
            id="return URL",
        ),
        pytest.param(["order", "add", "1001", "0"], "amount must be at least 1.\n", id="nothing"),
        pytest.param(["order", "add", "a\tb", "1"], None, id="control character"),
        pytest.param(
            ["order", "add", "1001", "500", "--expires-in", "0"],
            "Order '1001' of shop main: refused, expires_at must lie in the future.\n",
            id="over at once",
        ),
        pytest.param(
            ["order", "add", "b", "--balance", "5"], "amount is a field of one_time orders only.\n", id="balance"
        ),
        pytest.param(
            ["order", "list", "--shop", "toys"], "There is no shop 'toys'; --shop takes one of: main.\n", id="shop"
        ),
        pytest.param(["db", "stop"], "DATABASE_URL is set: that database is not tiyin's to stop.\n", id="not ours"),
        pytest.param(["demo", "pay", "payme", "demo-1"], None, id="no demonstration"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(types: Types, arguments: list[str], sentence: str | None) -> None:
    status, _, said = types(*arguments)
    assert status == 1
    assert said == sentence if sentence else said.count("\n") == 1


@pytest.mark.parametrize("arguments", [["nonsense"], ["order", "add"], ["serve", "--workers", "0"], ["--nonsense"]])
def test_bad_use_has_status_2(types: Types, arguments: list[str]) -> None:
    assert types(*arguments)[0] == 2


def test_the_same_order_again_is_accepted_and_another_is_refused(types: Types) -> None:
    assert [types("order", "add", "1001", amount)[0] for amount in ("500", "500", "501")] == [0, 0, 1]


def test_a_withdrawn_order_is_not_opened_again(types: Types) -> None:
    types("order", "add", "1001", "500")
    types("order", "cancel", "1001")
    status, _, said = types("order", "add", "1001", "500")
    assert (status, said) == (1, "Order '1001' of shop main: refused, order cancelled.\n")


def test_serving_waits_for_the_schema(types: Types, behind: str) -> None:
    status, _, said = types("serve", "--port", "0", DATABASE_URL=behind)
    assert status == 1
    assert said.endswith("run `tiyin migrate` first.\n")


def test_migrating_brings_the_schema_up_to_date_once(types: Types, behind: str) -> None:
    assert types("migrate", "--check", DATABASE_URL=behind)[0] == 1
    status, said, _ = types("migrate", DATABASE_URL=behind)
    assert (status, "of the database at postgresql://" in said, "is up to date" in said) == (0, True, True)
    assert types("migrate", "--check", DATABASE_URL=behind)[0] == 0
    assert types("migrate", DATABASE_URL=behind)[0] == 0


@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["audit"], ["db", "status"], ["db", "psql"]], ids=" ".join)
@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_database_that_is_away_is_a_sentence_without_its_password(
    types: Types, host: str, command: list[str]
) -> None:
    status, _, said = types(*command, DATABASE_URL=f"postgresql://u:Se-cret@{host}/tiyin")
    assert (status, said.count("\n"), "Se-cret" in said) == (1, 1, False)
    assert said.startswith(f"The database at postgresql://u@{host}/tiyin cannot be reached (")
    assert said.endswith("): look at DATABASE_URL.\n")


def test_a_database_that_is_silent_is_a_sentence(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u:Se-cret@127.0.0.1:{silent.getsockname()[1]}/tiyin"
        status, _, said = types("migrate", DATABASE_URL=url)
    assert (status, "cannot be reached (it does not answer): look at DATABASE_URL." in said) == (1, True)


def test_a_database_that_is_not_there_is_a_sentence(types: Types, database_url: str) -> None:
    status, _, said = types("migrate", DATABASE_URL=database_url.replace("/postgres?", "/nowhere?"))
    assert (status, said.count("\n"), 'database "nowhere" does not exist): look at DATABASE_URL.' in said) == (
        1,
        1,
        True,
    )


def test_db_status_shows_no_password(types: Types, database_url: str) -> None:
    url = database_url.replace("postgres@", "postgres:Se-cret@")
    status, said, _ = types("db", "status", DATABASE_URL=url)
    assert (status, "answers" in said, "up to date" in said, "Se-cret" in said) == (0, True, True, False)


@pytest.mark.parametrize(
    "command",
    [["audit"], ["migrate"], ["migrate", "--check"], ["migrate", "--check", "--embedded"], ["order", "list"]],
    ids=" ".join,
)
def test_in_the_wrong_directory_no_database_is_made(types: Types, tmp_path: Path, command: list[str]) -> None:
    home = tmp_path / "home"
    status, said, wrong = types(*command, DATABASE_URL=None, TIYIN_HOME=str(home))
    assert (status, said) == (1, "")
    assert wrong.startswith(f"There is no database: DATABASE_URL is not set, and none was made under {home}.")
    assert wrong.endswith("or make one: `tiyin migrate --embedded`.\n")
    assert not home.exists()


def test_in_the_wrong_directory_nothing_is_said_to_be_stopped(types: Types, tmp_path: Path) -> None:
    home = tmp_path / "home"
    status, said, wrong = types("db", "stop", DATABASE_URL=None, TIYIN_HOME=str(home))
    assert (status, said) == (1, "")
    assert wrong.startswith(f"No embedded database was made under {home}: go to the gateway's own directory")


def test_migrating_an_embedded_database_beside_database_url_is_a_contradiction(types: Types) -> None:
    assert types("migrate", "--embedded")[2].startswith("DATABASE_URL is set: leave out --embedded")


def test_the_embedded_database_is_made_when_it_is_asked_for(types: Types) -> None:
    with open_folder() as place:
        ours = {"DATABASE_URL": None, "TIYIN_HOME": str(place)}
        assert "no embedded database was made" in types("db", "status", **ours)[1]
        made = f"The schema of the embedded database under {place} is up to date.\n"
        assert types("migrate", "--embedded", **ours) == (0, made, "")
        assert types("order", "list", **ours)[0] == 0
        assert types("db", "check", **ours)[1].endswith("Nothing is missing.\n")
        assert f"0 orders and 0 payments of the embedded database under {place}" in types("audit", **ours)[1]
        assert types("db", "psql", "-Atc", "SELECT count(*) FROM orders", **ours) == (0, "0\n", "")
        assert "is not running" in types("db", "status", **ours)[1]
        assert not embedded.running(place)
