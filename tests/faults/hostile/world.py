"""What there is to attack: orders of both kinds, payments of both providers in every state, and who may call."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientSession

from tests.actors.click import Click, signature
from tests.actors.payme import Payme, basic
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.faults.conftest import SEED

PAYME: Final = "/payment/callback/payme"
CLICK: Final = "/payment/callback/click"
ORDERS: Final = "/api/v1/orders"

PAYME_KNOWN: Final = ("Authorization", basic(f"Paycom:{SETTINGS['PAYME_KEY']}")["Authorization"])
SHOP_KNOWN: Final = ("Authorization", f"Bearer {SETTINGS['API_TOKEN']}")

ONE_TIME: Final = 60
BALANCES: Final = ("balance-1", "balance-2", "balance-3")


def click_sign(form: Mapping[str, str]) -> str:
    """As Click would sign it."""
    return signature(form, SETTINGS["CLICK_SECRET_KEY"])


@dataclass
class World:
    now: int
    """Milliseconds, when the attack begins: Payme's times are counted from it."""
    prices: dict[str, int] = field(default_factory=dict)
    """Tiyin by account; 0 for a balance, which takes anything."""
    payme_ids: list[str] = field(default_factory=list)
    prepared: list[tuple[str, str, int]] = field(default_factory=list)
    """Click's attempts: account, amount, prepare id."""

    @property
    def accounts(self) -> list[str]:
        return list(self.prices)


class Callers:
    """Honest ones."""

    def __init__(self, http: ClientSession, url: str, database: Any) -> None:
        self.payme = Payme(http, url + PAYME, SETTINGS["PAYME_KEY"])
        self.click = Click(http, url + CLICK, int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"])
        self.shop = Shop(http, url, SETTINGS["API_TOKEN"], database)

    async def make_world(self) -> World:
        """Every state that an order can be in is there several times."""
        chance = random.Random(SEED)
        world = World(int(time.time() * 1000))
        prices = {str(1000 + n): chance.choice([500_00, 1, 199_900_00, 33_139_73]) for n in range(ONE_TIME)}
        await asyncio.gather(*[self.shop.opens(account, price) for account, price in prices.items()])
        await asyncio.gather(*[self.shop.opens(account, None, kind="accumulative") for account in BALANCES])
        world.prices = prices | dict.fromkeys(BALANCES, 0)
        world.payme_ids = [f"{chance.getrandbits(96):024x}" for _ in range(40)]
        await asyncio.gather(
            *[self._begins_payme(world, world.payme_ids[n], world.accounts[n], n % 4) for n in range(20)],
            *[self._begins_click(world, world.accounts[n], n % 4) for n in range(20, 40)],
        )
        world.prepared.sort()
        await self.shop.closes(world.accounts[-4])
        return world

    async def _begins_payme(self, world: World, payme_id: str, account: str, far: int) -> None:
        await self.payme.creates(payme_id, world.now, account, world.prices[account])
        if far >= 1:
            await self.payme.performs(payme_id)
        if far == 2:
            await self.shop.delivers(account)
        if far == 3:
            await self.payme.cancels(payme_id, 5)

    async def _begins_click(self, world: World, account: str, far: int) -> None:
        price = world.prices[account]
        amount = f"{price // 100}.{price % 100:02}"
        prepare_id = (await self.click.prepares(account, amount))["merchant_prepare_id"]
        world.prepared.append((account, amount, prepare_id))
        if far in (1, 2):
            await self.click.completes(prepare_id, account, amount)
        if far == 3:
            await self.click.completes(prepare_id, account, amount, error=-5017)

    async def can_still_be_paid_through(self) -> None:
        """A new order each, opened, paid and shown as ever."""
        for number, provider in enumerate(("payme", "click") * 2):
            account = f"honest-{number}-{time.time_ns()}"
            await self.shop.opens(account, 500_00)
            if provider == "payme":
                payme_id = f"{time.time_ns():024x}"
                assert (await self.payme.creates(payme_id, int(time.time() * 1000), account, 500_00))["state"] == 1
                assert (await self.payme.performs(payme_id))["state"] == 2
            else:
                await self.click.pays(account, "500")
            assert (await self.shop.shows(account))["state"] == "paid"
