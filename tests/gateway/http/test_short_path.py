"""What is answered on the short path is answered as a request would be, to the byte."""

import asyncio
import json
import re
import socket
import struct
from urllib.parse import urlencode

import pytest

from payme_rpc.handlers import PaymeView
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, creation
from tests.gateway.http.raw_calls import CLICK, PAYME, answers, call
from tests.long_timeouts import WAIT_SECONDS

ID = "X-Request-ID: the-same-id-of-both"
PAYMES_HEAD = ("Content-Type: application/json", ID)
CLICKS_HEAD = ("Content-Type: application/x-www-form-urlencoded", ID)

RESET = struct.pack("ii", 1, 0)
"""How a connection lingers that is reset: one that is only half closed still gets its answer."""


def payme_bodies(clock) -> list[bytes]:
    """In an order in which each answer is the same when it is asked for again."""
    create = creation("5f3a", to_ms(clock.now()))
    calls = [
        ("CheckPerformTransaction", {"amount": OK, "account": {"order_id": "1001"}}),
        ("CheckPerformTransaction", {"amount": OK, "account": {"order_id": "nobody's"}}),
        ("CheckPerformTransaction", {"amount": OK + 1, "account": {"order_id": "1001"}}),
        ("CreateTransaction", create),
        ("CreateTransaction", create | {"id": "5f3b"}),
        ("CheckTransaction", {"id": "5f3a"}),
        ("PerformTransaction", {"id": "5f3a"}),
        ("PerformTransaction", {"id": "5f3c"}),
        ("CancelTransaction", {"id": "5f3a", "reason": 5}),
        ("CheckTransaction", {"id": "5f3a"}),
        ("GetStatement", {"from": 0, "to": to_ms(clock.now())}),
        ("ChangePassword", {"password": "another"}),
        ("CheckTransaction", {"id": ""}),
        ("Обычный", {}),
    ]
    bodies = [json.dumps({"method": method, "params": params, "id": 7}).encode() for method, params in calls]
    return [*bodies, b"", b"{", b"[]", b"\xff\xfe", b'{"method": "GetStatement"}', b"x" * 8000]


def click_bodies(click: Click) -> list[bytes]:
    forms = [
        click.form("1001"),
        click.form("nobody's"),
        click.form("1001", "499"),
        click.form("1001", action="7"),
        click.form("1001", secret="a stranger's"),
        click.form("1001", action="1", merchant_prepare_id="0", error=-5017),
        click.form("1001", "500", action="1", merchant_prepare_id="999999999"),
        {"click_trans_id": "7"},
    ]
    return [*(urlencode(form).encode() for form in forms), b"", b"&&=&", b"\xff=\xfe", b"a=1&a=2&action=0&action=1"]


async def test_each_answer_to_payme_is_the_same(shop, payme, lines, clock, answered_short):
    await shop.opens("1001", OK)
    authorization = f"Authorization: {payme.credentials['Authorization']}"
    line = await lines()
    for body in payme_bodies(clock):
        for head in ((authorization,), (), ("Authorization: Basic x",), (authorization, authorization)):
            heads = (*PAYMES_HEAD, *head)
            answered_short.clear()
            short = await answers(line, call(PAYME, body, *heads))
            assert answered_short == [PAYME]
            assert short == await answers(line, call(f"{PAYME}?", body, *heads))
            assert len(answered_short) == 1


async def test_each_answer_to_click_is_the_same(shop, click, lines, answered_short):
    await shop.opens("1001")
    line = await lines()
    for body in click_bodies(click):
        for path in (CLICK, f"{CLICK}/prepare", f"{CLICK}/main/complete/", f"{CLICK}/main"):
            answered_short.clear()
            short = await answers(line, call(path, body, *CLICKS_HEAD))
            assert answered_short == [path]
            assert short == await answers(line, call(f"{path}?", body, *CLICKS_HEAD))
            assert len(answered_short) == 1


@pytest.mark.parametrize(
    ("head", "changes"),
    [
        ([], {"verb": "GET"}),
        ([], {"verb": "PUT"}),
        ([], {"version": "1.0"}),
        (["Connection: close"], {}),
        (["Expect: 100-continue"], {}),
        (["Connection: upgrade", "Upgrade: websocket"], {}),
        (["Connection: upgrade", "Upgrade: h2c"], {}),
    ],
)
async def test_what_is_unusual_is_answered_as_a_request(lines, answered_short, head, changes):
    (answer,) = await answers(await lines(), call(PAYME, b"{}", *head, **changes))
    assert b'"error":{"code":-' in answer
    assert answered_short == []


@pytest.mark.parametrize("path", [f"{PAYME}/", f"{PAYME}/main", f"{PAYME}/main/", f"{CLICK}/main/prepare/"])
async def test_each_path_of_a_shop_is_known(lines, answered_short, path):
    await answers(await lines(), call(path, b"{}"))
    assert answered_short == [path]


@pytest.mark.parametrize("path", [f"{PAYME}/nobody", f"{PAYME}/m%61in", f"{PAYME}/main?x", f"/{PAYME}", "/metrics"])
async def test_no_other_path_is(lines, answered_short, path):
    await answers(await lines(), call(path, b"{}"))
    assert answered_short == []


async def test_calls_that_come_together_are_answered_in_their_order(lines, answered_short):
    heads = [(f"X-Request-ID: call-number-{n}",) for n in range(40)]
    line = await lines()
    sent = b"".join(call(PAYME if n % 3 else f"{PAYME}?", b"{}", *head) for n, head in enumerate(heads))
    came = await answers(line, sent, len(heads))
    assert [re.search(rb"call-number-(\d+)", answer)[1] for answer in came] == [b"%d" % n for n in range(40)]
    assert 0 < len(answered_short) < len(heads)


async def test_a_body_that_comes_later_is_waited_for_by_a_request(lines, gateway, answered_short):
    _, writer = line = await lines()
    sent = call(PAYME, b'{"method": "CheckTransaction"}')
    writer.write(sent[:-5])
    async with asyncio.timeout(WAIT_SECONDS):
        while not any(connection._request_in_progress for connection in gateway.runner.server.connections):
            await asyncio.sleep(0)
    (answer,) = await answers(line, sent[-5:])
    assert b"-32504" in answer
    assert answered_short == []


async def test_an_error_of_ours_is_answered_by_500_and_logged(lines, answered_short, monkeypatch, written, payme):
    async def fail(_):
        raise RuntimeError("ours")

    monkeypatch.setattr(PaymeView, "answer", fail)
    line = await lines()
    short, long = [(await answers(line, call(path, b"{}", ID)))[0] for path in (PAYME, f"{PAYME}?")]
    assert short.startswith(b"HTTP/1.1 500 ")
    assert short == long
    assert len(answered_short) == 1
    assert len([event for event in written.lines() if event["event"] == "call failed"]) == 2


async def test_a_caller_who_has_gone_is_no_error(lines, gateway, answered_short, held, written):
    came, go = held
    _, writer = await lines()
    writer.write(call(PAYME, b"{}"))
    await came.wait()
    (connection,) = gateway.runner.server.connections
    serving = connection._task_handler
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
    async with asyncio.timeout(WAIT_SECONDS):
        while connection.transport is not None:
            await asyncio.sleep(0)
        go.set()
        await asyncio.wait({serving})
    assert serving.exception() is None
    assert answered_short == [PAYME]
    assert not [event for event in written.lines() if event["level"] == "error"]
