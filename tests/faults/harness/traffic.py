"""Honest traffic that does not give up: a caller without a certain answer asks again, as the providers do."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final

import aiohttp

from core.clock import wall_clock
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme, creation
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.faults.harness.history import Call, History

PRICE: Final = 500_00
PATIENCE: Final = 60.0
"""Seconds after which a caller that got no certain answer says so instead of asking again."""
PAUSE: Final = 0.05
GOING_ON_SECONDS: Final = 2 * PATIENCE
"""After that the traffic stands still, however slow the machine."""

BROKEN: Final = (aiohttp.ClientError, ConnectionError, TimeoutError, aiohttp.ClientPayloadError)


class Parties:
    """Payme, Click and the shop at one gateway; each call is kept in the history."""

    def __init__(self, http: aiohttp.ClientSession, url: str, history: History) -> None:
        self.history = history
        self.payme = Payme(http, f"{url}/payment/callback/payme", SETTINGS["PAYME_KEY"])
        self.click = Click(
            http, f"{url}/payment/callback/click", int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"]
        )
        self.shop = Shop(http, url + "/", SETTINGS["API_TOKEN"], None)  # type: ignore[arg-type] # it reads no rows

    async def opens(self, account: str, **more: Any) -> Call:
        async def ask() -> Any:
            status, _, order = await self.shop.posts(account, PRICE, **more)
            return order if status in (200, 201) else status

        return await self._kept("shop", "open", account, ask)

    async def checks(self, account: str) -> Call:
        return await self._kept("payme", "CheckPerformTransaction", account, lambda: self.payme.checks(account, PRICE))

    async def creates(self, payment: str, account: str, time: int) -> Call:
        params = creation(payment, time, account, PRICE)
        return await self._payme("CreateTransaction", payment, **params)

    async def performs(self, payment: str) -> Call:
        return await self._payme("PerformTransaction", payment, id=payment)

    async def cancels(self, payment: str, reason: int = 5) -> Call:
        return await self._payme("CancelTransaction", payment, id=payment, reason=reason)

    async def looks_at(self, payment: str) -> Call:
        return await self._payme("CheckTransaction", payment, id=payment)

    async def prepares(self, account: str, number: int) -> Call:
        return await self._kept(
            "click",
            "Prepare",
            str(number),
            lambda: self.click.prepares(account, click_trans_id=number, click_paydoc_id=number),
        )

    async def completes(self, account: str, prepare_id: int, number: int, error: int = 0) -> Call:
        method = "Complete" if error == 0 else "Release"
        return await self._kept(
            "click",
            method,
            str(prepare_id),
            lambda: self.click.completes(
                prepare_id, account, error=error, click_trans_id=number, click_paydoc_id=number
            ),
        )

    async def _payme(self, method: str, about: str, **params: Any) -> Call:
        return await self._kept("payme", method, about, lambda: self.payme.says(method, **params))

    async def _kept(self, party: str, method: str, about: str, ask: Callable[[], Awaitable[Any]]) -> Call:
        began = asyncio.get_running_loop().time()
        try:
            answer = await ask()
        except BROKEN:
            answer = None
        seconds = asyncio.get_running_loop().time() - began
        return self.history.keep(Call(party, method, about, answer, seconds))


async def until_certain(ask: Callable[[], Awaitable[Call]], patience: float = PATIENCE) -> Call:
    """Ask again and again; the last call is certain, or patience ended."""
    end = asyncio.get_running_loop().time() + patience
    while True:
        call = await ask()
        if call.certain or asyncio.get_running_loop().time() > end:
            return call
        await asyncio.sleep(PAUSE)


async def until_done(ask: Callable[[], Awaitable[Call]]) -> Call:
    """The same, and the answer is a good one."""
    call = await until_certain(ask)
    assert call.done, call
    return call


class Traffic:
    """Payers that come one after another, each with an order of its own."""

    def __init__(self, parties: Parties, seed: int) -> None:
        self.parties = parties
        self.history = parties.history
        self.lives = 0
        self.slowest = 0.0
        """Seconds that a whole life took."""
        self._random = random.Random(seed)
        self._numbers = count(1)
        self._stopping = False

    async def payer(self) -> None:
        while not self._stopping:
            began = asyncio.get_running_loop().time()
            number = next(self._numbers)
            life = self._payme_life if self._random.random() < 0.6 else self._click_life
            await life(
                f"t{number}", number, end=self._random.choice(("paid", "paid", "paid", "given back", "given up"))
            )
            self.slowest = max(self.slowest, asyncio.get_running_loop().time() - began)
            self.lives += 1

    async def goes_on(self, lives: int) -> None:
        """Until so many more payers are through."""
        goal = self.lives + lives
        async with asyncio.timeout(GOING_ON_SECONDS):
            while self.lives < goal:
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        self._stopping = True

    async def _payme_life(self, account: str, number: int, end: str) -> None:
        parties, payment, time = self.parties, f"{number:024x}", to_ms(wall_clock())
        await until_done(lambda: parties.opens(account))
        await until_done(lambda: parties.checks(account))
        await until_done(lambda: parties.creates(payment, account, time))
        if end != "given up":
            await until_done(lambda: parties.performs(payment))
        if end != "paid":
            await until_done(lambda: parties.cancels(payment))
        await until_done(lambda: parties.looks_at(payment))

    async def _click_life(self, account: str, number: int, end: str) -> None:
        parties = self.parties
        await until_done(lambda: parties.opens(account))
        prepared = await until_done(lambda: parties.prepares(account, number))
        prepare_id = prepared.answer["merchant_prepare_id"]
        error = -5017 if end == "given up" else 0
        completed = await until_certain(lambda: parties.completes(account, prepare_id, number, error))
        assert completed.word in ((-9,) if error else (0, -4)), completed


@asynccontextmanager
async def traffic(parties: Parties, payers: int, seed: int) -> AsyncIterator[Traffic]:
    """So many payers for as long as the context lasts; at its end they finish what they have begun."""
    busy = Traffic(parties, seed)
    async with asyncio.TaskGroup() as group:  # a payer that fails ends the test
        for _ in range(payers):
            group.create_task(busy.payer())
        yield busy
        busy.stop()
