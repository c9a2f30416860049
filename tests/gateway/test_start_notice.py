"""The start notice: one block that names what is open, what is not durable, and what others can read; or nothing."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core import ServerSettings
from gateway.cli.start_notice import HEADING, demo_notice, start_notice
from gateway.config.settings import load
from gateway.demo.keys import FILE, demo_settings
from gateway.observability.log_writer import to_file, why_not_writable
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types

CLOSED = {
    **SETTINGS,
    "PAYME_ALLOWED_NETWORKS": "185.234.113.0/28",
    "PAYME_ALLOW_LIST": "enforce",
    "CLICK_ALLOWED_NETWORKS": "203.0.113.0/28",
    "CLICK_ALLOW_LIST": "enforce",
}
"""Opens nothing that a gateway does not need."""

OTHERS_KEY = "another-secret-0123456789-abcdefghijklmn"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TAKE_OUT = "is taken beside the new one: take it out once the change is done."

Says = Callable[..., list[str]]


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """The block's lines for these settings, without its heading."""
    monkeypatch.chdir(tmp_path)

    def said(host: str = "127.0.0.1", server: ServerSettings | None = None, anyway: bool = False, **more: str):
        settings = load({**CLOSED, "TIYIN_HOME": str(tmp_path / "home"), **more})
        notice = start_notice(settings, host, server, anyway=anyway)
        heading, *lines = notice.splitlines() if notice else [HEADING]
        assert heading == HEADING
        return lines

    return said


def server(**changed: object) -> ServerSettings:
    durability = dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "on")
    as_it_should_be = {"durability": durability, "standbys": "", "owns_tables": False}
    return ServerSettings(18, "18.0", "UTF8", **{**as_it_should_be, **changed})


def test_where_nothing_is_open_nothing_is_said(says: Says, tmp_path: Path) -> None:
    os.umask(os.umask(0))
    (tmp_path / ".env").touch(0o600)
    for host in ("127.0.0.1", "::1", "localhost"):
        assert says(host, server()) == []
    trusted = {"TRUSTED_PROXIES": "172.16.0.0/12, 203.0.113.0/24"}
    database = "postgresql://tiyin:password@/tiyin?host=/run/postgresql&host=localhost:5433&host=[::1]:5432"
    assert says(DATABASE_URL=database, **trusted) == []
    assert says(DATABASE_URL="postgresql://u:p@db.example.uz/tiyin?sslmode=require") == []


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            {"PAYME_SANDBOX": "1"},
            "Shop main: Payme's test key is taken, and everybody who reaches the port may have the page /sandbox pay"
            " test orders (PAYME_SANDBOX=1): set it to 0 once Payme's test cabinet has paid your orders.",
        ),
        (
            {"CLICK_PLAYGROUND": "1"},
            "Shop main: Click's test page may call from a browser (CLICK_PLAYGROUND=1): set it to 0 once it was tried.",
        ),
        (
            {"PAYME_ALLOW_LIST": "off"},
            "Shop main: Payme may call from any address (PAYME_ALLOW_LIST=off): set PAYME_ALLOWED_NETWORKS, and the"
            " list to log, then to enforce.",
        ),
        (
            {"CLICK_ALLOW_LIST": "log"},
            "Shop main: Click may call from any address, which is only logged (CLICK_ALLOW_LIST=log): set it to enforce"
            " once the log names none of Click's own.",
        ),
        ({"API_TOKEN_PREVIOUS": OTHERS_KEY}, f"Shop main: API_TOKEN_PREVIOUS {TAKE_OUT}"),
        (
            {"API_TEST_TOKEN": OTHERS_KEY, "API_TEST_TOKEN_PREVIOUS": f"{OTHERS_KEY}2"},
            f"Shop main: API_TEST_TOKEN_PREVIOUS {TAKE_OUT}",
        ),
        ({"PAYME_KEY_PREVIOUS": OTHERS_KEY}, f"Shop main: PAYME_KEY_PREVIOUS {TAKE_OUT}"),
        ({"CLICK_SECRET_KEY_PREVIOUS": OTHERS_KEY}, f"Shop main: CLICK_SECRET_KEY_PREVIOUS {TAKE_OUT}"),
        (
            {"WEBHOOK_URL": "https://shop.example.uz/", "WEBHOOK_SECRET": WHSEC, "WEBHOOK_SECRET_PREVIOUS": WHSEC},
            "Shop main: Webhooks are signed by WEBHOOK_SECRET_PREVIOUS as well: take it out once the receiving side has"
            " the new secret.",
        ),
        (
            {"WEBHOOK_KEY_PREVIOUS": OTHERS_KEY},
            "Webhook secrets are derived from WEBHOOK_KEY_PREVIOUS as well: take it out once each endpoint was"
            " rotated.",
        ),
        (
            {"WEBHOOK_ALLOWED_NETWORKS": "10.1.2.3, 10.0.0.0/8"},
            "Webhooks may be sent to 10.0.0.0/8, by plain HTTP too (WEBHOOK_ALLOWED_NETWORKS): a shop that registers an"
            " endpoint can have the gateway call what is there. Name single addresses, or leave it out.",
        ),
        (
            {"TRUSTED_PROXIES": "10.0.0.1, 198.0.0.0/8"},
            "X-Forwarded-For is believed from all of 198.0.0.0/8: name the proxies' own addresses in TRUSTED_PROXIES.",
        ),
        (
            {"DATABASE_URL": "postgresql://u:p@/tiyin?host=127.0.0.1&host=db.example.uz:5433"},
            "The database is on another machine, and may be talked to without TLS: add sslmode=require to DATABASE_URL,"
            " or verify-full.",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_a_setting_opens_is_said_with_what_to_do(says: Says, names: dict[str, str], sentence: str) -> None:
    assert says(**names) == [f"  open          {sentence}"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "pay.example.uz"])
def test_a_port_that_others_reach_is_open(says: Says, host: str) -> None:
    sentence = (
        f"  open          Other machines reach the port ({host}), which speaks plain HTTP, and /metrics, /health and"
        " /api/openapi.json without a token: set HOST=127.0.0.1, or let nothing but your proxy through to it."
    )
    assert says(host) == [sentence]
    demo = demo_notice(load({**CLOSED, "TIYIN_HOME": "nowhere"}), host)
    assert demo == f"{HEADING}\n{sentence}"
    assert demo_notice(load({**CLOSED, "TIYIN_HOME": "nowhere"}), "127.0.0.1") is None


def test_keys_of_the_demonstration_are_open(says: Says, tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = demo_settings(load({"TIYIN_HOME": str(home)}, shops_required=False)).shops["main"]
    assert says(API_TOKEN=made.api_tokens[0].get_secret_value()) == [
        f"  open          The keys are those of {home / FILE}, which `tiyin demo` prints: make others."
    ]
    assert says() == []


def test_what_may_be_lost_in_a_crash_is_said(says: Says) -> None:
    off = {"fsync": "off", "full_page_writes": "on", "synchronous_commit": "off"}
    assert says(server=server(durability=off)) == [
        "  not durable   The database is not durable (off: fsync, synchronous_commit), and may lose what was"
        " acknowledged when it crashes."
    ]
    local = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "local"}
    assert says(server=server(durability=local, standbys="ANY 1 (a, b)")) == [
        "  not durable   synchronous_commit waits for none of ANY 1 (a, b): what was acknowledged may be on no standby."
        " Set it on."
    ]


@pytest.mark.parametrize(
    ("name", "mode", "verb", "right_mode"),
    [
        (".env", 0o644, "read", "600"),
        (".env", 0o640, "read", "600"),
        ("tiyin.toml", 0o604, "read", "600"),
        (f"home/{FILE}", 0o660, "changed", "600"),
        ("home", 0o777, "changed", "755"),
        ("payments.log", 0o644, "read", "640"),
        ("payments.log", 0o660, "changed", "640"),
    ],
)
def test_a_file_of_which_others_have_too_much_is_said_until_it_is_as_the_sentence_says(
    says: Says, tmp_path: Path, name: str, mode: int, verb: str, right_mode: str
) -> None:
    (tmp_path / "home").mkdir(0o755)
    file = tmp_path / name
    if not file.exists():
        file.touch()
    file.chmod(mode)
    command = f"chmod {right_mode} {file}"
    names = {"PAYMENTS_LOG": str(tmp_path / "payments.log")}
    assert says(**names) == [f"  exposed       {file} can be {verb} by others (mode {mode:04o}): {command}"]
    subprocess.run(command.split(), check=True)
    assert says(**names) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_said(says: Says, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(0o600)
    os.chown(file, 12345, -1)
    assert says() == [f"  exposed       {file} belongs to another user (id 12345): chown 0 {file}"]


def test_it_comes_as_one_block_before_anything_is_served(types: Types, tmp_path: Path) -> None:
    (tmp_path / ".env").touch(0o644)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, said = types("serve", "--port", port, **{**CLOSED, "PAYME_TEST_KEY": None})
    heading, durable, exposed, last = said.splitlines()
    assert (status, heading, durable.split()[:2], last.split()[:2]) == (1, HEADING, ["not", "durable"], ["Port", port])
    assert exposed == f"  exposed       {tmp_path}/.env can be read by others (mode 0644): chmod 600 {tmp_path}/.env"


def test_what_is_made_for_keys_is_its_owners_from_the_beginning(fresh_home: Path, monkeypatch) -> None:
    """Whatever the umask lets others have; root's database has a user that must pass."""
    passing = 0o701 if os.geteuid() == 0 else 0o700
    monkeypatch.setattr(Path, "chmod", lambda *_: pytest.fail("it was another's for a moment"))
    before = os.umask(0)
    try:
        demo_settings(load({"TIYIN_HOME": str(fresh_home)}, shops_required=False))
        assert why_not_writable(fresh_home / "payments.log") is None
        to_file(fresh_home / "rotated.log")(b"{}\n")
    finally:
        os.umask(before)
    modes = {name: (fresh_home / name).stat().st_mode & 0o777 for name in (".", FILE, "payments.log", "rotated.log")}
    assert modes == {".": passing, FILE: 0o600, "payments.log": 0o640, "rotated.log": 0o640}
