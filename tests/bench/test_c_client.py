"""The load client in C is used where it can be built, counts what the books say, ends with a sentence if it must."""

import resource
import socket
import subprocess
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import orjson
import pytest

from bench import c_client, client
from bench.plan import Figures
from tests.actors.payme import OK
from tests.bench.bad_gateway import PLAN, BadGateway, right
from tests.bench.payme_server import PaymeServer
from tests.conftest import SETTINGS

ACCOUNTS = range(1001, 1006)
SOURCES = sorted(c_client.SOURCES.iterdir())


@pytest.fixture
def pays(program: Path, gateway) -> Callable[..., Figures]:
    """Five orders of the shop, through the real gateway."""

    async def pays(**more):
        place = {"port": gateway.port, "path": "/payment/callback/payme", "secret": SETTINGS["PAYME_KEY"]}
        orders = {"first": ACCOUNTS[0], "orders": len(ACCOUNTS), "amount": OK, "payers": 2}
        return await c_client.run(program, replace(PLAN, **place | orders | more))

    return pays


@pytest.fixture
async def open_orders(shop):
    for account in ACCOUNTS:
        await shop.opens(str(account), OK)


async def test_lives_are_the_payments_in_the_books(pays, open_orders, shop):
    figures = await pays()
    assert (figures.lives, figures.orders_used, figures.wrong) == (5, 5, 0)
    assert await shop.states() == [("paid", "paid")] * figures.lives


async def test_orders_that_nobody_opened_are_wrong_answers(pays, shop):
    figures = await pays()
    assert (figures.lives, figures.wrong) == (0, 5)
    assert figures.wrongs[0].startswith("CheckPerformTransaction: error -31050: {")
    assert await shop.states() == []


async def test_another_key_is_a_wrong_answer(pays, open_orders):
    figures = await pays(secret="another")
    assert (figures.lives, figures.wrong) == (0, 5)
    assert figures.wrongs[0].startswith("CheckPerformTransaction: error -32504: {")


async def test_an_overloaded_gateway_asks_to_try_again(pays, open_orders, shop, monkeypatch):
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS", 0)
    figures = await pays(life="paid by the patient")
    assert (figures.try_again, figures.lives, figures.wrong, figures.left_over) == (5, 0, 0, 0)
    assert await shop.states() == [(None, "awaiting")] * 5


async def test_a_gateway_that_goes_away_ends_it_with_a_sentence(program, capfd):
    payme = PaymeServer()

    def last(body: bytes) -> list[bytes]:
        if b"PerformTransaction" in body:
            gateway.close()
        gateway.hangs_up = True
        return right(payme, body)

    async with BadGateway(last) as gateway:
        with pytest.raises(SystemExit, match="The load client failed"):
            await c_client.run(program, replace(PLAN, port=gateway.port))
    sentence = f"The gateway on port {gateway.port} takes no connections: Connection refused."
    assert capfd.readouterr().err == f"load client: {sentence}\n"


def test_a_system_without_more_connections_ends_it_with_a_sentence(program):
    few = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (20, 20))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plan = replace(PLAN, port=listener.getsockname()[1], payers=30).dump()
        environment = {"ASAN_OPTIONS": "detect_leaks=0"}  # to look for leaks takes files to be opened
        done = subprocess.run([program], input=plan, capture_output=True, preexec_fn=few, env=environment)
    sentence = b"load client: No more connections can be opened: Too many open files.\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", sentence)


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (b"", "The plan on stdin is no JSON object."),
        (b"[1]", "The plan on stdin is no JSON object."),
        (b"[" * 100_000, "The plan on stdin is longer than 65536 bytes."),
        ({"port": 70_000}, 'The plan\'s "port" is not a whole number from 1 to 65535.'),
        ({"orders": None}, 'The plan\'s "orders" is not a whole number from 0 to 100000000.'),
        ({"payers": 0}, 'The plan\'s "payers" is not a whole number from 1 to 20000.'),
        ({"rate": -1}, 'The plan\'s "rate" is not a number from 0 to 1e+06.'),
        ({"seconds": 1e300}, 'The plan\'s "seconds" is not a number from 0 to 3600.'),
        ({"path": "/a b"}, 'The plan\'s "path" is not a text of 1 to 256 plain characters.'),
        ({"secret": "x" * 129}, 'The plan\'s "secret" is not a text of 1 to 128 plain characters.'),
        ({"account": 'a"'}, 'The plan\'s "account" is not a text of 1 to 64 plain characters.'),
        ({"life": "click"}, 'The plan\'s "life" is not "paid", "paid by the patient" or "echoed".'),
        ({"life": "paid by"}, 'The plan\'s "life" is not "paid", "paid by the patient" or "echoed".'),
        ({"life": "x" * 900}, 'The plan\'s "life" is not "paid", "paid by the patient" or "echoed".'),
    ],
)
def test_a_plan_that_is_none_ends_it_with_a_sentence(program, plan, sentence):
    text = plan if isinstance(plan, bytes) else orjson.dumps(asdict(PLAN) | plan)
    done = subprocess.run([program], input=text, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"load client: {sentence}\n")


async def test_where_there_is_a_compiler_the_client_in_c_is_used(program):
    with c_client.lean_client() as lean:
        async with BadGateway(partial(right, PaymeServer())) as gateway:
            figures = await lean.run(replace(PLAN, port=gateway.port))
    assert (lean.name, figures.lives, figures.wrong) == ("in C", 3, 0)


def test_where_there_is_no_compiler_the_report_names_the_client_in_python(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with c_client.lean_client() as lean:
        assert (lean.name, lean.run) == ("in Python (there is no cc here)", client.run)


def test_a_compiler_that_fails_is_named_with_what_it_said(monkeypatch, tmp_path):
    (tmp_path / "cc").write_text("#!/bin/sh\necho no headers >&2\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with c_client.lean_client() as lean:
        assert (lean.name, lean.run) == ("in Python (cc failed: no headers)", client.run)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_opens_with_one_sentence_and_can_be_read(source):
    lines = source.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("/* ")
    assert lines[0].removesuffix(" */").endswith((".", ":"))
    assert len(lines) <= 250
    assert max(map(len, lines)) <= 120
