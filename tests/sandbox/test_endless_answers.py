"""A gateway under test that sends without an end: a failed check that says so, in little memory and no time."""

import asyncio
import gzip
from contextlib import suppress

import aiohttp
import pytest
from tiyin_sandbox.click.caller import ClickCaller
from tiyin_sandbox.click.suites.steps import prepare
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.orders import ApiOrders, OutOfOrders
from tiyin_sandbox.payme.caller import PaymeCaller

from tests.long_timeouts import WAIT_SECONDS

OK = b"HTTP/1.1 200 OK\r\n"
PIECE = b"x" * 64 * 1024
BODY = "more than 1 MiB came, and no end of the answer"
HEAD = "the head of the answer is not HTTP, or too long"

ENDLESS = {
    "a body of a length": (OK + b"Content-Length: 1000000000000\r\n\r\n", PIECE, BODY),
    "a body of none": (OK + b"\r\n", PIECE, BODY),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + PIECE + b"\r\n", BODY),
    "a packed body": (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(2**26)), b"", BODY),
    "headers": (OK, b"X: y\r\n" * 1024, HEAD),
    "one header": (OK + b"X: ", PIECE, HEAD),
    "no HTTP": (b"", PIECE, HEAD),
}
"""How it begins, what comes again and again, and what is said of it."""

SENT_MAX = 16 * 1024 * 1024
"""Most of it waits in the system's buffers."""


@pytest.fixture
async def endless():
    """Makes servers that answer so, and count what is taken off them."""
    servers = []

    async def serve(kind):
        begin, again, _ = ENDLESS[kind]
        sent = []

        async def answer(reader, writer):
            with suppress(OSError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(begin)
                while again:
                    writer.write(again)
                    sent.append(len(again))
                    await writer.drain()
                await reader.read()
            writer.close()

        servers.append(await asyncio.start_server(answer, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}", sent

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize("kind", ENDLESS)
async def test_an_answer_without_an_end_is_a_failed_check(endless, kind):
    url, sent = await endless(kind)
    async with aiohttp.ClientSession() as session, asyncio.timeout(WAIT_SECONDS):
        payme = PaymeCaller(session, url, "key", amount=500_00)
        click = ClickCaller(session, url, None, 1, "secret")
        for caller, step in ((payme, Step("CheckTransaction", {"id": "$t"})), (click, prepare())):
            placeholders = caller.placeholders({"$order": "1001"})
            failure = caller.verify(step, await caller.send(step, placeholders), placeholders)
            assert failure.why == f"no answer: {ENDLESS[kind][2]}"
    assert sum(sent) <= SENT_MAX


@pytest.mark.parametrize("kind", ["chunks", "headers"])
async def test_and_so_is_the_merchant_apis(endless, kind):
    url, _ = await endless(kind)
    async with aiohttp.ClientSession() as session, asyncio.timeout(WAIT_SECONDS):
        with pytest.raises(OutOfOrders, match=ENDLESS[kind][2]):
            await ApiOrders(session, url, "token", {}).take()


async def test_it_is_said_before_the_first_check(command_line, endless):
    url, _ = await endless("chunks")
    assert await command_line.cannot("--test", "auth", url=url) == f"{url} cannot be reached: {BODY}."
