"""Settings change while payments are under way: keys are rotated, flags are flipped, and no honest call is refused."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tests.conftest import SETTINGS
from tests.faults.conftest import SEED
from tests.faults.harness.gateway import Gateway
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import traffic
from tests.ports import unused_port

OLD, NEW = SETTINGS["PAYME_KEY"], "Another#Live?Key%Of&The^Cash_Box"
FORBIDDEN = -32504
BEFORE, BOTH, AFTER = {"PAYME_KEY": OLD}, {"PAYME_KEY": NEW, "PAYME_KEY_PREVIOUS": OLD}, {"PAYME_KEY": NEW}
"""What the gateway is started with, in turn. Payme changes over while it has both."""

FLIPPED = {
    "CLICK_PLAYGROUND": "1",
    "CLICK_RESERVATION": "1",
    "CLICK_ALLOW_LIST": "log",
    "CLICK_ALLOWED_NETWORKS": "10.0.0.0/8",
    "LOG_LEVEL": "debug",
}


async def test_a_key_is_rotated_under_load(program, http, parties, history, database_url):
    port = unused_port()
    async with AsyncExitStack() as running:  # the last one is still there when the traffic ends

        async def start(keys: dict[str, str]) -> Gateway:
            serving = program.serving(http, database_url, port=port, DRAIN_SECONDS="2", **keys)
            return await running.enter_async_context(serving)

        gateway = await start(BEFORE)
        async with traffic(parties(gateway.url), 6, SEED) as busy:
            await busy.goes_on(30)
            gateway = await replaced(gateway, lambda: start(BOTH))
            await busy.goes_on(30)
            busy.parties.payme.key = NEW
            await busy.goes_on(30)
            await replaced(gateway, lambda: start(AFTER))
            await busy.goes_on(30)
    assert not [call for call in history.calls if call.word == FORBIDDEN]
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)


async def replaced(gateway: Gateway, start: Callable[[], Awaitable[Gateway]]) -> Gateway:
    gateway.send_signal(signal.SIGTERM)
    assert await gateway.ended() == 0
    return await start()


async def test_flags_flipped_between_prepare_and_complete(program, http, parties, history, database_url):
    async with program.serving(http, database_url) as gateway:
        party = parties(gateway.url)
        await party.opens("1001")
        prepared = await party.prepares("1001", 7)
    async with program.serving(http, database_url, **FLIPPED) as gateway:
        party = parties(gateway.url)
        await asyncio.sleep(1)
        assert (await party.completes("1001", prepared.answer["merchant_prepare_id"], 7)).word == 0
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)
