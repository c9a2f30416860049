"""The bench's webhook receiver keeps every event that comes, however its bytes come, and says each once."""

import asyncio

import orjson
import pytest

from bench.receiver import ARRIVALS, NO_CONTENT, Arrival, ReceiverProtocol

EVENT = b"POST /shop HTTP/1.1\r\nHost: x\r\nwebhook-id: evt_%d\r\nContent-Length: 8\r\n\r\n{\r\n\r\n}  "
ASKING = b"GET " + ARRIVALS.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
async def shop():
    arrivals: list[Arrival] = []
    server = await asyncio.get_running_loop().create_server(lambda: ReceiverProtocol(arrivals), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()


async def asks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[Arrival]:
    writer.write(ASKING)
    head = await reader.readuntil(b"\r\n\r\n")
    return orjson.loads(await reader.readexactly(int(head.split()[-1])))


async def test_an_event_that_comes_byte_by_byte_is_answered_once(shop):
    reader, writer = shop
    for byte in EVENT % 7:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert await reader.readexactly(len(NO_CONTENT)) == NO_CONTENT
    assert [arrival[:2] for arrival in await asks(reader, writer)] == [["/shop", 7]]


async def test_a_repeat_is_kept_as_well_and_what_was_asked_for_is_forgotten(shop):
    reader, writer = shop
    writer.write(EVENT % 7 + EVENT % -8 + EVENT % 7)
    await reader.readexactly(3 * len(NO_CONTENT))
    assert [event_id for _, event_id, _ in await asks(reader, writer)] == [7, -8, 7]
    assert await asks(reader, writer) == []
