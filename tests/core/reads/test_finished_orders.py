"""Finished orders are read as they were at one moment, however long that takes."""

from datetime import timedelta

from core import finished_orders, make_engine
from schema.values import to_ms


async def test_what_changes_meanwhile_is_read_as_it_was(shop, payme, clock, database_url, monkeypatch):
    monkeypatch.setattr("core.reads.finished_orders.ORDERS_READ_AT_ONCE", 1)
    for account in ("1001", "1002"):
        await shop.opens(account, 500_00)
        await payme.creates(account, to_ms(clock()), account, 500_00)
        await payme.performs(account)
    engine = make_engine(database_url, 1, pooled=False)
    async with finished_orders(engine, clock() + timedelta(minutes=1)) as found:
        pieces = found.pieces()
        first = await anext(pieces)
        assert (await payme.cancels("1002", 5))["state"] == -2
        read = [first, *[piece async for piece in pieces]]
    await engine.dispose()
    states = [(piece.order["state"], piece.payments[0]["state"], len(piece.transitions)) for piece in read]
    assert states == [("paid", "paid", 3)] * 2
