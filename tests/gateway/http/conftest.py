"""Connections by which raw calls come, a look at which of them took the short path, and a hold on their answers."""

import asyncio

import pytest

from gateway.http import short_path
from payme_rpc.handlers import PaymeView


@pytest.fixture
def answered_short(monkeypatch):
    """The paths of calls that have come this way."""
    answered, observe = [], short_path.observe_short

    async def look(call):
        answered.append(call.path)
        return await observe(call)

    monkeypatch.setattr(short_path, "observe_short", look)
    return answered


@pytest.fixture
async def lines(gateway):
    """Opens connections, each of which writes bytes and reads answers."""
    opened = []

    async def open_line():
        opened.append(await asyncio.open_connection("127.0.0.1", gateway.port))
        return opened[-1]

    yield open_line
    for _, writer in opened:
        writer.close()


@pytest.fixture
def held(monkeypatch):
    """A call that has come waits here for its answer."""
    came, go = asyncio.Event(), asyncio.Event()

    async def wait(_):
        came.set()
        await go.wait()
        return b"{}"

    monkeypatch.setattr(PaymeView, "answer", wait)
    return came, go
