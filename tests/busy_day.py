"""A busy day at a gateway has everything that honest callers do, so that an audit meets all of it."""

from dataclasses import dataclass
from datetime import timedelta

from core.facade import Core
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock

SOMS = "50000"
RECEIPT = {
    "receipt_id": 121,
    "status_code": 0,
    "message": "accepted",
    "terminal_id": "EP000000000025",
    "fiscal_sign": "800031554082",
    "qr_code_url": "https://ofd.uz/check",
    "date": "20220706221021",
}


@dataclass
class Day:
    core: Core
    payme: Payme
    click: Click
    shop: Shop
    clock: Clock

    async def passes(self) -> None:
        """Nothing has expired in the end; a payment through each provider is still under way."""
        for account in ("late payment", "expired"):
            await self.shop.opens(account, OK)
        await self._creates("late payment", ahead=timedelta(minutes=59))
        soon = (self.clock() + timedelta(minutes=5)).isoformat()
        await self.shop.opens("late", OK, expires_at=soon)
        await self.shop.opens("left", 50_000_00)
        await self.click.prepares("left", SOMS)
        await self.shop.opens("slow", OK)
        await self.shop.opens("slow balance", None, kind="accumulative")
        slow = [(account, await self.click.prepares(account, SOMS)) for account in ("slow", "slow balance")]
        self.clock.advance(hours=12, milliseconds=1)
        assert await self.core.sweeper.sweep() == 5  # all four attempts and the late order
        for account, prepared in slow:
            assert (await self.click.completes(prepared["merchant_prepare_id"], account, SOMS))["error"] == 0
        await self._creates("expired")
        self.clock.advance(hours=12, milliseconds=1)
        assert await self.payme.performs("expired") == -31008  # refused, yet kept
        await self._through_payme()
        await self._through_click()
        await self._balance()
        await self._on_a_clock_that_was_set_back()
        await self._the_shop_changes_its_mind()
        for account in ("open", "closed"):
            await self.shop.opens(account, OK)
        await self.shop.closes("closed")
        await self.shop.opens("pending", OK)
        await self._creates("pending")
        await self.shop.opens("prepared", OK)
        await self.click.prepares("prepared", SOMS)

    async def _through_payme(self) -> None:
        for account in ("paid", "refunded", "cancelled", "delivered"):
            await self.shop.opens(account, OK)
            await self._creates(account)
            self.clock.advance(seconds=1)
        for account in ("paid", "refunded", "delivered", "paid"):
            await self.payme.performs(account)
            self.clock.advance(seconds=1)
        await self.payme.says("SetFiscalData", id="paid", type="PERFORM", fiscal_data=RECEIPT)
        for account, reason in (("refunded", 5), ("cancelled", 3), ("refunded", 5)):
            await self.payme.cancels(account, reason)
        await self.payme.says("SetFiscalData", id="refunded", type="CANCEL", fiscal_data=RECEIPT)
        await self._creates("again", "cancelled")  # the order is free again
        await self.payme.cancels("again", 4)
        await self.shop.delivers("delivered")

    async def _through_click(self) -> None:
        for account in ("click", "declined", "noted", "superseded"):
            await self.shop.opens(account, OK)
        await self.click.pays("click", SOMS)
        declined = await self.click.prepares("declined", SOMS)
        await self.click.completes(declined["merchant_prepare_id"], "declined", SOMS, error=-5017)
        for number in (1, 2, 3, 2):
            noted = await self.click.prepares("noted", SOMS, click_trans_id=number, click_paydoc_id=77)
            self.clock.advance(seconds=1)
        done = {"click_trans_id": 3, "click_paydoc_id": 77}
        assert (await self.click.completes(noted["merchant_prepare_id"], "noted", SOMS, **done))["error"] == 0
        await self.click.prepares("superseded", SOMS)
        await self.click.pays("superseded", SOMS)
        await self.shop.opens("revived", OK)
        older, newer = [(await self.click.prepares("revived", SOMS))["merchant_prepare_id"] for _ in range(2)]
        assert (await self.click.completes(older, "revived", SOMS))["error"] == 0
        assert (await self.click.completes(newer, "revived", SOMS))["error"] == -9

    async def _balance(self) -> None:
        await self.shop.opens("balance", None, kind="accumulative", min_amount=1, max_amount=OK)
        for payment in ("top-up", "given-back", "under-way"):
            await self._creates(payment, "balance")
        await self.payme.performs("top-up")
        await self.click.pays("balance", "500")
        await self.shop.delivers("balance")
        self.clock.advance(seconds=1)
        await self.payme.performs("given-back")
        await self.payme.cancels("given-back", 5)

    async def _on_a_clock_that_was_set_back(self) -> None:
        await self.shop.opens("turned", OK)
        await self._creates("turned")
        self.clock.advance(seconds=9)
        await self.payme.performs("turned")
        self.clock.advance(seconds=-6)
        assert (await self.payme.cancels("turned", 5))["state"] == -2
        self.clock.advance(seconds=-6)
        await self.shop.opens("turned click", OK)
        await self.click.pays("turned click", SOMS)

    async def _the_shop_changes_its_mind(self) -> None:
        await self.shop.opens("amended", OK)
        await self._creates("old price", "amended")
        await self.payme.cancels("old price", 3)
        self.clock.advance(seconds=1)
        await self.shop.amends("amended", amount=OK - 100)
        self.clock.advance(seconds=1)
        for payment in ("new price", "new price again"):
            await self._creates(payment, "amended", amount=OK - 100)
            await (self.payme.cancels(payment, 3) if payment == "new price" else self.payme.performs(payment))
        await self.shop.opens("narrowed", None, kind="accumulative")
        await self._creates("a large sum", "narrowed")
        await self.payme.performs("a large sum")
        self.clock.advance(seconds=1)
        await self.shop.amends("narrowed", max_amount=1)
        self.clock.advance(seconds=1)
        await self._creates("a small sum", "narrowed", amount=1)
        await self.payme.performs("a small sum")
        for account in ("reopened", "reopened and paid", "reopened and refunded"):
            await self.shop.opens(account, OK)
            await self._creates(account)
            await self.payme.performs(account)
            await self.payme.cancels(account, 5)
            self.clock.advance(seconds=1)
            await self.shop.reopens(account)
        for account in ("reopened and paid", "reopened and refunded"):
            await self._creates(f"{account} again", account)
            await self.payme.performs(f"{account} again")
        await self.payme.cancels("reopened and refunded again", 5)
        await self.shop.opens("withdrawn for a while", OK)
        await self.shop.closes("withdrawn for a while")
        await self.shop.reopens("withdrawn for a while")
        await self.shop.amends("withdrawn for a while", description="Back again")
        await self.shop.opens("amended and withdrawn", OK)
        await self.shop.amends("amended and withdrawn", amount=OK - 100)
        await self.shop.closes("amended and withdrawn")
        await self.shop.reopens("amended and withdrawn")
        for account in ("released", "released and withdrawn"):
            await self.shop.opens(account, OK)
            await self._creates(account)
        self.clock.advance(minutes=10)
        await self.shop.releases("released")
        await self.shop.closes("released and withdrawn", release=True)

    async def _creates(
        self, name: str, account: str | None = None, ahead: timedelta = timedelta(), amount: int = OK
    ) -> None:
        answer = await self.payme.creates(name, to_ms(self.clock() + ahead), account or name, amount)
        assert answer["state"] == 1, answer
