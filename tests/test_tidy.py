"""Rules that a reader might forget."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("schema", "core", "inbound", "payme_rpc", "click_http", "merchant_api", "outbound", "gateway")
PACKAGES = (*PRODUCT, "sandbox/src")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
READ = MODULES + sorted((ROOT / "bench").rglob("*.py"))
"""The measurements serve nobody's money, but they are read."""

MAY_COMMIT = {
    "core/db/connection.py",
    "core/commit/group_commit.py",
    "core/db/replication.py",
    "core/db/autocommit.py",
    "core/deliveries/endpoints.py",
    "core/deliveries/gaps.py",
    "core/deliveries/queue.py",
    "gateway/database/migrations.py",
    "schema/migrations/env.py",
}
"""One place for payments and orders, with what says it to the driver and waits for the standby; what stands alone,
behind a pooler, is no batch; deliveries are no payments; migrations change the tables themselves."""

MAY_ASK_FOR_THE_TIME = {"core/clock.py", "gateway/observability/logs.py", "sandbox/src/tiyin_sandbox/engine/clock.py"}
"""A line of the log is stamped as it is written, and the sandbox is nobody's gateway."""

MAY_USE_FLOATS = {"merchant_api/wire_fields.py"}
"""Quantities of goods; never money."""

MAY_PRINT = {"gateway/cli/output.py", "gateway/server/serve.py"}
"""The second prints how our own settings are wrong, where no command is at hand."""

MAY_HAVE_CONSOLES = {"gateway/cli/terminal.py", "gateway/demo/provider_calls.py", "gateway/demo/welcome.py"}
"""Tables and coloured lines: of what callers wrote each cell and each line is made fit by `printable`."""

TIME = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """Every call of a method or a module's function: what it is called on, and its name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield getattr(owner, "attr", getattr(owner, "id", "")), node.func.attr


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_one_place_begins_commits_or_rolls_back(path):
    words = {name for _, name in calls(path)} & {
        "begin",
        "begin_nested",
        "commit",
        "rollback",
        "begin_transaction",
        "transaction",
    }
    assert not words or named(path) in MAY_COMMIT


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_clock_asks_for_the_time(path):
    assert not TIME & set(calls(path)) or named(path) in MAY_ASK_FOR_THE_TIME


@pytest.mark.parametrize("path", sorted((ROOT / "gateway").rglob("*.py")), ids=named)
def test_commands_print_through_one_module(path):
    """So that what callers wrote reaches no terminal as it came."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)}
    printers = {("typer", "echo"), ("typer", "secho"), ("stdout", "write"), ("stderr", "write")}
    prints = {"print"} & names or printers & set(calls(path))
    assert not prints or named(path) in MAY_PRINT
    assert "Console" not in names or named(path) in MAY_HAVE_CONSOLES


@pytest.mark.parametrize("path", [path for path in MODULES if named(path) not in MAY_USE_FLOATS], ids=named)
def test_no_float_comes_near_money(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"]
    assert not made


@pytest.mark.parametrize("path", READ, ids=named)
def test_a_module_opens_with_one_sentence(path):
    text = path.read_text(encoding="utf-8")
    sentence = ast.get_docstring(ast.parse(text))
    assert not text or (sentence and sentence.split("\n\n")[0].rstrip().endswith((".", "?")))


@pytest.mark.parametrize("path", READ, ids=named)
def test_a_module_is_not_too_long_to_be_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_secret_is_logged(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    logged = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") in {"log", "logger"}
    ]
    assert not [
        line for line in logged if any(word in line.lower() for word in ("secret", "password", "authorization"))
    ]


COMPARES_SECRETS = {
    "payme_rpc/auth.py": 1,
    "click_http/signature.py": 1,
    "merchant_api/tokens.py": 1,
}
"""The modules that look at credentials, and how many comparisons in constant time each makes."""

MAKES_SIGNATURES = {"outbound/webhooks/secrets.py", "outbound/webhooks/signature.py"}
"""They derive and sign, and compare nothing."""

NO_SECRETS = {"COMPLETE", "request.headers", "'basic'", "'bearer'", "1", "None"}
"""What may stand at the right of any other comparison there: a scheme, an action, how many, whether at all."""


@pytest.mark.parametrize("name", COMPARES_SECRETS)
def test_secrets_are_compared_in_constant_time_only(name):
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    compared = {
        ast.unparse(side) for node in ast.walk(tree) if isinstance(node, ast.Compare) for side in node.comparators
    }
    assert compared <= NO_SECRETS
    assert [name for owner, name in calls(ROOT / name) if owner == "hmac"] == ["compare_digest"] * COMPARES_SECRETS[
        name
    ]
    words = {name for _, name in calls(ROOT / name)}
    assert not words & {"startswith", "endswith", "index", "find", "match", "fullmatch", "__eq__"}


@pytest.mark.parametrize("name", COMPARES_SECRETS)
def test_looking_at_credentials_does_not_end_early(name):
    """No return, break or continue inside a loop over secrets, and no generator that any() would leave half way."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While | ast.GeneratorExp)]
    for loop in loops:
        inside = list(ast.walk(loop))
        assert not [node for node in inside if isinstance(node, ast.Return | ast.Break | ast.Continue)]
        generates = isinstance(loop, ast.GeneratorExp)
        assert not (generates and any(getattr(node, "attr", "") == "compare_digest" for node in inside))


def test_nobody_else_compares_what_is_secret():
    """`hmac` is imported where credentials are looked at or made, and nowhere else is there a secret to compare."""
    importing = {
        named(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and "hmac" in {alias.name for alias in node.names}
    }
    assert importing == set(COMPARES_SECRETS) | MAKES_SIGNATURES


@pytest.mark.parametrize("name", sorted(MAKES_SIGNATURES))
def test_where_signatures_are_made_nothing_is_compared_with_them(name):
    assert [word for owner, word in calls(ROOT / name) if owner == "hmac"] == ["digest"]


MAY_CALL_OTHERS = {"outbound/http.py", "gateway/sandbox_page/runs.py", "gateway/demo/provider_calls.py"}
"""The first within bounds, and once; the others are a person's own gateway, called as the providers do."""

VERBS = {"post", "put", "patch", "delete", "request", "head", "options", "ws_connect"}


@pytest.mark.parametrize("path", [path for path in MODULES if named(path).split("/")[0] in PRODUCT], ids=named)
def test_requests_to_others_are_sent_in_one_place(path):
    """There a request is sent once, to an address that was looked at, and its answer is bounded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(tree)}
    sends = named(path).startswith("outbound/") and VERBS & {name for _, name in calls(path)}
    assert not (sends or {"ClientSession", "TCPConnector"} & names) or named(path) in MAY_CALL_OTHERS


PARTICIPLES = re.compile(r"(ing|ed)$")
NOUNS = {"masking", "embedded", "dialling", "sending"}
"""Names of modules that end like a participle: verbal nouns of the field, and the embedded PostgreSQL, a thing."""


@pytest.mark.parametrize("packages", [PRODUCT, ("sandbox/src",)], ids=["product", "sandbox"])
def test_no_two_classes_have_one_name(packages):
    """A reader of a name need not look which of two is meant; classes within classes and functions count."""
    places = defaultdict(list)
    for path in (path for package in packages for path in sorted((ROOT / package).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{named(path)}:{node.lineno}")
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", READ, ids=named)
def test_a_modules_name_is_a_noun(path):
    assert is_noun(path.stem)


def test_a_participle_is_no_noun():
    assert [name for name in ("reading", "marking", "settling", "json_reading", "answered") if is_noun(name)] == []


def is_noun(name: str) -> bool:
    return name in NOUNS or not PARTICIPLES.search(name)
