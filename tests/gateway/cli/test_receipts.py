"""The command line shows what the tax office says of an order's payments."""

import asyncio

from schema.values import to_ms
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock
from tests.gateway.conftest import Types
from tests.payme_rpc.calls import FISCAL_DATA, A

LONG = "https://ofd.soliq.uz/check?t=EP000000000025&r=121&s=" + "8" * 150
FAILURE = {"status_code": -1, "message": "the OFD\x1b[2J does\nnot answer"}


async def test_receipts_and_failures_are_lines_below_the_payments(shop: Shop, payme: Payme, clock: Clock, types: Types):
    await shop.opens("1001", OK)
    payment = (await payme.creates(A, to_ms(clock.now())))["transaction"]
    await payme.performs(A)
    assert "receipt" not in await shown(types)
    await sends(payme, FISCAL_DATA | {"qr_code_url": LONG})
    assert f"payment {payment}, receipt: {LONG}\n" in await shown(types)
    await sends(payme, FISCAL_DATA | {"qr_code_url": "javascript:alert(1)"})
    assert f"payment {payment}, receipt: number 121, sign 800031554082\n" in await shown(types)
    await sends(payme, {"status_code": 0})
    assert f"payment {payment}, receipt refused by the tax office: 0\n" in await shown(types)
    await payme.cancels(A, 5)
    await sends(payme, FISCAL_DATA, "CANCEL")
    await sends(payme, FAILURE, "CANCEL")
    await sends(payme, {})
    lines = (await shown(types)).splitlines()
    assert f"payment {payment}, receipt of the refund: {FISCAL_DATA['qr_code_url']}" in lines
    why = r"-1, the OFD\x1b[2J does\nnot answer"
    assert f"payment {payment}, receipt of the refund refused by the tax office: {why}" in lines
    assert f"payment {payment}, receipt refused by the tax office: no reason given" in lines


async def sends(payme: Payme, data: dict[str, object], kind: str = "PERFORM") -> None:
    assert await payme.says("SetFiscalData", id=A, type=kind, fiscal_data=data) == {"success": True}


async def shown(types: Types) -> str:
    """The command has an event loop of its own, so a thread of its own."""
    status, said, _ = await asyncio.to_thread(types, "order", "show", "1001")
    assert status == 0
    return said
