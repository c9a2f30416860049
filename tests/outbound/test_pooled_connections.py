"""Connections are used again, and an answer is never taken for that of another request; few are kept."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from outbound import idle
from outbound.flood import CountedProtocol
from tests.outbound.receiver import Receiver, answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


def says_twice(*parts: bytes):
    """Says each part on its own, the second answer unasked, and then no more on this connection."""

    async def behave(_, reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        await reader.read()
        raise ConnectionResetError

    return behave


@pytest.mark.parametrize("parts", [(answer(204), answer(204)), (OK, b"ok" + answer(204))], ids=["later", "together"])
async def test_an_answer_that_nobody_asked_for_is_no_receipt_of_the_next_event(sender, parts):
    async with Receiver(says_twice(*parts)) as shop:
        assert await sender.outcome(shop.url()) == "received"
        await asyncio.wait_for(shop.hung_up.wait(), 10)
        assert await sender.outcome(shop.url()) == "received"
    assert (len(shop.heads), shop.connections) == (2, 2)


async def test_nor_if_the_next_event_is_sent_before_the_connection_is_closed(sender, monkeypatch):
    monkeypatch.setattr(CountedProtocol, "end", lambda *_: None)
    async with Receiver(says_twice(OK, b"ok" + answer(204))) as shop:
        assert [await sender.outcome(shop.url()) for _ in range(3)] == ["received", "reset", "received"]
    assert shop.connections == 2


async def test_few_connections_wait_to_be_used_again(sender, monkeypatch):
    monkeypatch.setattr(idle, "IDLE_MAX", 3)
    async with AsyncExitStack() as stack:
        shops = [await stack.enter_async_context(Receiver()) for _ in range(8)]
        for shop in [*shops, *shops[-3:]]:
            await sender.send(shop.url())
        await asyncio.wait_for(asyncio.gather(*(shop.hung_up.wait() for shop in shops[:5])), 10)
        assert not any(shop.hung_up.is_set() for shop in shops[5:])
    assert [shop.connections for shop in shops] == [1] * 8


async def test_a_connection_that_is_in_use_again_is_not_closed_for_others(sender, monkeypatch):
    monkeypatch.setattr(idle, "IDLE_MAX", 1)
    others_are_done = asyncio.Event()

    async def slow_at_last(shop, _, writer):
        if len(shop.heads) == 2:
            await others_are_done.wait()
        writer.write(answer())

    async with Receiver(slow_at_last) as slow, Receiver() as one, Receiver() as other:
        await sender.send(slow.url())
        sent = asyncio.ensure_future(sender.outcome(slow.url()))
        while len(slow.heads) < 2:
            await asyncio.sleep(0.001)
        assert [await sender.outcome(shop.url()) for shop in (one, other)] == ["received"] * 2
        others_are_done.set()
        assert (await sent, slow.connections) == ("received", 1)


async def test_those_that_are_not_kept_take_no_place_of_those_that_are(sender, monkeypatch):
    monkeypatch.setattr(idle, "IDLE_MAX", 1)
    async with Receiver() as kept, Receiver(answer(204, Connection="close")) as ends:
        for shop in (kept, ends, ends, kept):
            assert await sender.outcome(shop.url()) == "received"
    assert (kept.connections, ends.connections) == (1, 2)
