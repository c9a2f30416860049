"""What holds after a busy day, and what is found once it was broken by hand."""

from core.auditing import audit
from core.books import CLICK_RESERVATION, PAYME_LIFETIME
from schema.values import Provider, to_ms
from tests.actors.payme import OK

LIFETIMES = {Provider.PAYME: PAYME_LIFETIME, Provider.CLICK: CLICK_RESERVATION}

FISCAL = {
    "receipt_id": 121,
    "status_code": 0,
    "message": "accepted",
    "terminal_id": "EP000000000025",
    "fiscal_sign": "800031554082",
    "qr_code_url": "https://ofd.uz/check",
    "date": "20220706221021",
}


async def a_busy_day(core, payme, click, shop, clock):
    """Everything that honest callers do, to orders and balances, through both providers."""
    for account in ("paid", "refunded", "cancelled", "overdue", "pending", "delivered"):
        await shop.opens(account, OK)
        await payme.creates(account * 3, to_ms(clock()), account)
        clock.advance(seconds=1)
    for account in ("paid", "refunded", "delivered"):
        await payme.performs(account * 3)
    await payme.says("SetFiscalData", id="paid" * 3, type="PERFORM", fiscal_data=FISCAL)
    await payme.cancels("refunded" * 3, 5)
    await payme.cancels("cancelled" * 3, 3)


async def test_a_busy_day_leaves_nothing_to_find(core, payme, click, shop, clock, database):
    await a_busy_day(core, payme, click, shop, clock)
    assert await audit(database, clock(), LIFETIMES) == []
