"""Callers who say that they send no more: what has come whole is answered, and nothing else is waited for."""

import asyncio

import pytest

from inbound import body
from tests.gateway.server.conftest import ACCEPTED, GO, HEAD, posts
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS

CALL = HEAD + b"\r\nbody"
WAITS = b"GET /wait HTTP/1.1\r\nHost: gateway\r\n\r\n"


@pytest.fixture(autouse=True)
def _no_timeout_ends_it(runner, monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", LONG_SECONDS)
    for name in ("HEAD_SECONDS", "UNPROVEN_SECONDS"):
        monkeypatch.setattr(f"gateway.server.connections.{name}", LONG_SECONDS)
    runner.server._kwargs["lingering_time"] = LONG_SECONDS


async def all_answers(reader):
    """All that comes until the connection is closed."""
    async with asyncio.timeout(WAIT_SECONDS):
        return await reader.read()


def sends_the_last(writer, *pieces):
    writer.write(b"".join(pieces))
    writer.write_eof()


@pytest.mark.parametrize("calls", [1, 2, 3, 20])
async def test_calls_are_answered(interface, calls):
    reader, writer = await interface()
    sends_the_last(writer, CALL * calls)
    answers = await all_answers(reader)
    assert (answers.count(b"HTTP/1.1 200 OK"), answers.count(b"body")) == (calls, calls)


async def test_a_call_that_is_being_answered_is(runner, interface):
    reader, writer = await interface()
    writer.write(WAITS + CALL)
    await asyncio.sleep(0.05)
    writer.write_eof()
    await asyncio.sleep(0.05)
    runner.app[GO].set()
    answers = await all_answers(reader)
    assert (answers.count(b"HTTP/1.1 200 OK"), answers[-4:]) == (2, b"body")


async def test_a_body_that_comes_behind_its_head_is_read_to_its_end(interface):
    reader, writer = await interface()
    writer.write(HEAD + b"\r\nbo")
    await asyncio.sleep(0.05)
    sends_the_last(writer, b"dy")
    assert (await all_answers(reader)).endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize("credentials", [b"", ACCEPTED])
async def test_an_idle_connection_is_closed_at_once(interface, credentials):
    reader, writer = await interface()
    assert await posts(reader, writer, headers=credentials) == b"body"
    writer.write_eof()
    assert await all_answers(reader) == b""


@pytest.mark.parametrize("begun", [b"", b"POST", HEAD])
async def test_and_one_by_which_no_whole_head_has_come(interface, begun):
    reader, writer = await interface()
    sends_the_last(writer, begun)
    assert await all_answers(reader) == b""


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_a_body_that_will_not_come_is_not_waited_for(interface, caplog, pause):
    caplog.set_level("INFO")
    reader, writer = await interface()
    writer.write(CALL + HEAD + b"\r\nbo")
    await asyncio.sleep(pause)
    writer.write_eof()
    answers = await all_answers(reader)
    assert (answers.count(b"HTTP/1.1 200 OK"), answers.count(b"HTTP/1.1 400 Bad Request")) == (1, 1)
    assert caplog.records == []


async def test_nor_the_rest_of_one_that_nobody_reads(interface, caplog):
    caplog.set_level("INFO")
    reader, writer = await interface()
    writer.write(HEAD.replace(b"/", b"/unread", 1) + b"\r\nbo")
    assert b" 200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.write_eof()
    assert await all_answers(reader) == b""
    assert caplog.records == []
