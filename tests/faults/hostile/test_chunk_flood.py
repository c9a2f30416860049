"""A hundred callers whose bodies are as dear to read as can be: chunks of one byte. Nobody waits for them."""

import asyncio
from contextlib import suppress
from time import monotonic

import pytest

from tests.faults.hostile.attack import Attack
from tests.faults.hostile.http_client import Request, SilentError
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN

CALLERS = 100
CHUNKS = b"1\r\nx\r\n" * 40_000
ROUNDS = 3
HONEST = Request(PAYME, b'{"method":"CheckTransaction","params":{"id":"nobody"},"id":1}', headers=(PAYME_KNOWN,))
WORST_SECONDS = 2.0
"""Without bounds it was 6 to 19 seconds, with them half of one, in which these callers themselves are busy."""


async def flood(attack: Attack, interface: str) -> None:
    """Sends it all, and waits for the answer."""
    connection = await attack.gateway.client.connect()
    connection.send(f"POST {interface} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + CHUNKS)
    with suppress(OSError):
        await connection.writer.drain()
    with suppress(SilentError):
        await connection.receive()
    connection.writer.transport.abort()


async def honest_waits(attack: Attack, stop: asyncio.Event) -> list[float]:
    """One call after another, each by a connection of its own."""
    waits = []
    while not stop.is_set():
        began = monotonic()
        connection = await attack.gateway.client.connect()
        connection.send(HONEST.on_the_wire())
        assert (await connection.receive()).status == 200
        waits.append(monotonic() - began)
        connection.close()
        await asyncio.sleep(0.01)
    return waits


@pytest.mark.parametrize("interface", [PAYME, CLICK, ORDERS])
def test_nobody_waits_for_a_flood_of_the_shortest_chunks(attack: Attack, interface: str, record_property):
    async def attacked() -> list[float]:
        stop = asyncio.Event()
        honest = asyncio.create_task(honest_waits(attack, stop))
        await asyncio.sleep(0.1)
        for _ in range(ROUNDS):
            await asyncio.gather(*(flood(attack, interface) for _ in range(CALLERS)))
        stop.set()
        return await honest

    waits = attack.run(attacked())
    figures = f"the longest of {len(waits)} honest waits {max(waits):.3f} s"
    record_property("figures", figures)
    assert max(waits) <= WORST_SECONDS, figures
