"""A short call ends as a request does: while the gateway stops, where it is cancelled, where it needs a request."""

import asyncio
import gc
import json

import pytest
from aiohttp import web

from gateway.http.health import READINESS
from inbound.short_calls import ShortCall
from tests.gateway.http.raw_calls import CLICK, PAYME, answers, call
from tests.long_timeouts import WAIT_SECONDS

both = pytest.mark.parametrize("path", [PAYME, f"{PAYME}?"], ids=["short", "request"])
STATEMENT = json.dumps({"method": "GetStatement", "params": {"from": 0, "to": 1}, "id": 7}).encode()


@both
@pytest.mark.parametrize("body", [b"{}", STATEMENT])
async def test_while_it_drains_each_answer_is_the_last_on_its_connection(lines, gateway, payme, path, body):
    reader, _ = line = await lines()
    gateway.app[READINESS].draining = True
    authorization = f"Authorization: {payme.credentials['Authorization']}"
    (answer,) = await answers(line, call(path, body, authorization))
    assert b"\r\nConnection: close\r\n\r\n{" in answer
    async with asyncio.timeout(WAIT_SECONDS):
        assert await reader.read() == b""


@both
async def test_what_was_in_flight_when_it_began_to_drain_too(lines, gateway, held, path):
    came, go = held
    line = await lines()
    line[1].write(call(path, b"{}"))
    await came.wait()
    gateway.app[READINESS].draining = True
    go.set()
    (answer,) = await answers(line, b"")
    assert answer.endswith(b"\r\nConnection: close\r\n\r\n{}")


@both
async def test_a_call_that_the_stop_cuts_off_is_recorded(lines, gateway, held, written, path):
    came, _ = held
    reader, writer = await lines()
    writer.write(call(path, b"{}"))
    await came.wait()
    (connection,) = gateway.runner.server.connections
    connection._task_handler.cancel()
    async with asyncio.timeout(WAIT_SECONDS):
        assert await reader.read() == b""
    recorded = [line for line in written.lines() if line["event"] == "call to no interface"]
    assert [(line["method"], line["path"], line["status"]) for line in recorded] == [("POST", PAYME, 500)]


@both
@pytest.mark.settings(PAYME_ALLOWED_NETWORKS="192.0.2.0/24", PAYME_ALLOW_LIST="log")
async def test_a_call_has_one_id_wherever_it_is_written(lines, payme, written, journal_rows, path):
    head = f"Authorization: {payme.credentials['Authorization']}"
    (answer,) = await answers(await lines(), call(path, STATEMENT, head))
    (row,) = await journal_rows(1)
    noted = [line for line in written.lines() if line["event"].startswith(("address not", "call"))]
    assert [line["correlation_id"] for line in noted] == [row.correlation_id] * 2
    assert f"X-Request-ID: {row.correlation_id}\r\n".encode() in answer


@pytest.mark.parametrize(
    ("path", "head"), [(PAYME, ()), (CLICK, ()), (CLICK, ("Origin: https://docs.click.uz",))], ids=str
)
async def test_nothing_of_a_call_is_left_in_a_circle(lines, gateway, path, head):
    """The collector seldom looks, and what a stranger sends must not wait for it."""
    reader, writer = line = await lines()
    gc.collect()
    gc.disable()
    try:
        await answers(line, call(path, b"{}", *head))
        writer.write_eof()
        async with asyncio.timeout(WAIT_SECONDS):
            await reader.read()
            while gateway.runner.server.connections:
                await asyncio.sleep(0)
        assert not [one for one in gc.get_objects() if type(one) in (ShortCall, web.Request)]
    finally:
        gc.enable()


def test_all_that_changes_an_answer_is_known(gateway):
    """Whatever else is to be done for each call or answer must be done for short ones, too."""
    assert [middleware.__name__ for middleware in gateway.app.middlewares] == ["observe"]
    changes = [change.__name__ for change in gateway.app.on_response_prepare]
    assert changes == ["_add_request_id", "close_when_draining"]
