"""A listener knows when notices do not arrive any more, whatever its connection says."""

import asyncio

import pytest

from core.db.engine import make_engine
from core.deliveries import notices
from core.deliveries.notices import NoticesLostError, listen
from tests.long_timeouts import WAIT_SECONDS
from tests.wire import wire_to


async def test_a_connection_that_is_silent_brings_none(database_url, monkeypatch):
    monkeypatch.setattr(notices, "SELF_TEST_SECONDS", 0.01)
    monkeypatch.setattr(notices, "SELF_TEST_MAX_SECONDS", 0.2)
    heard = asyncio.Event()
    async with wire_to(database_url) as (wire, url):
        engine = make_engine(url, 1, pooled=False)
        listening = asyncio.ensure_future(listen(engine, lambda: None, heard.set))
        await heard.wait()
        wire.silence()
        async with asyncio.timeout(WAIT_SECONDS):
            with pytest.raises(NoticesLostError):
                await listening
            await engine.dispose()
