"""What an endpoint does not ask for any more is skipped, a part at a time, however much waits for it."""

import pytest
from sqlalchemy import text

from core.deliveries import skips
from core.deliveries.endpoints import EndpointRef, WantedEndpoint

ERP = EndpointRef("main", "erp")
URL = "https://erp.example.uz/"


@pytest.fixture
async def backlog(books, registers, monkeypatch):
    """Six events, of which three are payments that were made; two in a part."""
    monkeypatch.setattr(skips, "CHUNK_ROWS", 2)
    await registers()
    for account in "123":
        await books.pays(account)


async def states(rows):
    found = await rows("state", "deliveries JOIN outbox ON transition_id = event_id WHERE event = 'payment.paid'")
    others = await rows("state", "deliveries JOIN outbox ON transition_id = event_id WHERE event <> 'payment.paid'")
    return {state for (state,) in found}, {state for (state,) in others}


async def test_of_types_that_are_not_asked_for_any_more_all_is_skipped(backlog, endpoints, rows):
    await endpoints.change(WantedEndpoint(ERP, URL, ["payment.paid"]))
    assert await states(rows) == ({"due"}, {"skipped"})


async def test_so_is_what_waits_for_one_that_is_removed(backlog, endpoints, rows):
    await endpoints.remove(ERP)
    assert await states(rows) == ({"skipped"}, {"skipped"})


async def test_so_is_what_the_settings_do_not_ask_for_any_more(backlog, endpoints, rows):
    await endpoints.follow_settings([WantedEndpoint(ERP, URL, ["payment.paid"])])
    assert await states(rows) == ({"due"}, {"skipped"})
    await endpoints.follow_settings([])
    assert await states(rows) == ({"skipped"}, {"skipped"})


async def test_it_is_removed_though_what_waits_for_it_is_held_by_another(backlog, endpoints, database):
    async with database.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM deliveries FOR UPDATE"))
        await endpoints.remove(ERP)
        assert await endpoints.get(ERP) is None
        await holder.rollback()
