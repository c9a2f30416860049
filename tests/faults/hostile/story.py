"""A story: one order on its way, and calls about it that are good each by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.actors.click import Click
from tests.faults.harness.history import TRY_AGAIN
from tests.faults.hostile.world import Callers

PRICE: Final = 500_00
SOM: Final = "500"
TRIES: Final = 10

Attempt = Callable[["Story"], Awaitable[Any]]


@dataclass
class Story:
    """One order on its way, and a longer-named neighbour of it for what is cut elsewhere."""

    callers: Callers
    account: str
    neighbour: str
    now: int
    payme_id: str
    click_trans_id: int
    payment: int = 0
    """Our id: Payme's `transaction`, Click's prepare id."""
    newer: int = 0
    """The prepare id of an attempt that has taken its place."""

    @property
    def click(self) -> Click:
        return self.callers.click

    async def stands(self) -> Any:
        async def show(account: str) -> Any:
            status, _, order = await self.callers.shop.calls("GET", f"/api/v1/orders/{account}")
            return status if status == 503 else order

        return [await patiently(show, account) for account in (self.account, self.neighbour)]

    async def creates(self, **other: Any) -> Any:
        params = {"id": self.payme_id, "time": self.now, "account": {"order_id": self.account}, "amount": PRICE} | other
        return await self.callers.payme.says("CreateTransaction", **params)

    async def says(self, method: str, **params: Any) -> Any:
        return await self.callers.payme.says(method, **{"id": self.payme_id} | params)

    async def prepares(self, **other: Any) -> Any:
        fields = {"click_trans_id": self.click_trans_id, "click_paydoc_id": self.click_trans_id - 10} | other
        return (await self.click.prepares(self.account, fields.pop("amount", SOM), **fields))["error"]

    async def completes(self, **other: Any) -> Any:
        fields = {"click_trans_id": self.click_trans_id, "click_paydoc_id": self.click_trans_id - 10} | other
        account, amount = fields.pop("merchant_trans_id", self.account), fields.pop("amount", SOM)
        prepare_id = fields.pop("merchant_prepare_id", self.payment)
        return (await self.click.completes(prepare_id, account, amount, **fields))["error"]

    async def prepares_newer(self) -> Any:
        prepared = await self.click.prepares(self.account, SOM, **self.newer_ids)
        self.newer = prepared["merchant_prepare_id"]
        return prepared["error"]

    async def completes_newer(self) -> Any:
        return (await self.click.completes(self.newer, self.account, SOM, **self.newer_ids))["error"]

    @property
    def newer_ids(self) -> dict[str, int]:
        return {"click_trans_id": self.click_trans_id + 2, "click_paydoc_id": self.click_trans_id + 2}

    @property
    def anothers_ids(self) -> dict[str, int]:
        """Click's, of a payment that we know nothing of."""
        return {"click_trans_id": self.click_trans_id + 3, "click_paydoc_id": self.click_trans_id + 3}

    async def completes_cut_elsewhere(self, account: str, prepare_id: str, amount: str, action: str = "1") -> Any:
        """The same signature over the same concatenation, whose parts are cut at another place (M13)."""
        form = self.click.form(
            self.account, SOM, "1", merchant_prepare_id=self.payment, click_trans_id=self.click_trans_id
        )
        cut = {"merchant_trans_id": account, "merchant_prepare_id": prepare_id, "amount": amount, "action": action}
        assert self.click.sign(form | cut) == form["sign_string"]
        return (await self.click.posts(form | cut))["error"]

    @property
    def clicks_name(self) -> str:
        """By which Click's attempt is kept: nobody else's id."""
        return f"{self.click.service_id}:{self.click_trans_id}:{self.account}"


async def patiently(call: Callable[[Any], Awaitable[Any]], to: Any) -> Any:
    """A busy machine may have it asked again."""
    for number in range(TRIES):
        await asyncio.sleep(0.1 * number)
        heard = await call(to)
        if heard not in TRY_AGAIN.values():
            return heard
    raise AssertionError(f"still to be tried again after {TRIES} times")
