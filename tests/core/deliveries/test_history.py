"""What has become of a shop's events is found by the shop, and by nobody else."""

import pytest

from core.deliveries import history as history_module
from core.deliveries.endpoints import EndpointRef
from core.deliveries.history import DeliveryHistory
from schema.webhooks import AttemptOutcome, DeliveryState

REFUSED = AttemptOutcome.REFUSED


@pytest.fixture
def history(delivery_engine):
    return DeliveryHistory(delivery_engine)


async def test_deliveries_are_listed_newest_first_page_by_page(books, sender, registers, history):
    await registers()
    await registers("other", shop="toys")
    for account in ("1", "2"):
        await books.pays(account)
    await sender.sends()
    first = await history.page("main", "erp", limit=3)
    second = await history.page("main", "erp", limit=3, after=first.next)
    listed = [*first.deliveries, *second.deliveries]
    assert [one.event_id for one in listed] == sorted((one.event_id for one in listed), reverse=True)
    assert sorted((one.account, one.event, one.state) for one in listed) == [
        *(("1", "payment.created", "delivered"), ("1", "payment.paid", "due")),
        *(("2", "payment.created", "delivered"), ("2", "payment.paid", "due")),
    ]
    assert second.next is None


@pytest.mark.parametrize("state", list(DeliveryState))
async def test_they_are_found_by_state(books, sender, registers, history, endpoints, state):
    endpoint = await registers()
    for account in ("sent", "dead", "due"):
        await books.opens(account)
    await books.creates(await books.opens("sent"))
    await sender.sends()
    await books.creates(await books.opens("dead"))
    await sender.sends(REFUSED, retry_in=None)
    await registers("gone")
    await books.creates(await books.opens("due"))
    await endpoints.remove(EndpointRef("main", "gone"))
    page = await history.page("main", None, state)
    names = {"delivered": ("sent", "erp"), "dead": ("dead", "erp"), "due": ("due", "erp"), "skipped": ("due", "gone")}
    assert [(one.account, one.endpoint) for one in page.deliveries] == [names[state]]
    counts = {DeliveryState.DUE: 1, DeliveryState.DEAD: 1}
    assert (page.next, await history.counts("main", endpoint.name)) == (None, counts)


@pytest.mark.parametrize("much", [3, 4, 5])
async def test_what_is_due_is_listed_however_much_it_is(books, registers, history, monkeypatch, much):
    """Two orders, with two events each."""
    monkeypatch.setattr(history_module, "LOOKED_AT_MAX", much)
    await registers()
    for account in ("1", "2"):
        await books.pays(account)
    listed, page = [], await history.page("main", "erp", DeliveryState.DUE, limit=2)
    while page.next is not None:
        listed += page.deliveries
        page = await history.page("main", "erp", DeliveryState.DUE, limit=2, after=page.next)
    listed += page.deliveries
    ids = [one.event_id for one in listed]
    assert (ids, len(ids)) == (sorted(set(ids), reverse=True), 4)


async def test_they_are_found_by_account(books, registers, history):
    await registers()
    await books.pays("1")
    await books.pays("2")
    page = await history.page("main", "erp", account="1")
    assert [(one.account, one.event) for one in page.deliveries] == [("1", "payment.paid"), ("1", "payment.created")]
    assert (await history.page("toys", account="1")).deliveries == ()


async def test_an_endpoint_between_many_others_is_gone_through_a_part_at_a_time(books, registers, history, monkeypatch):
    await registers("rare", events=["payment.created"])
    await books.pays("1")
    await registers()
    for account in ("2", "3"):
        await books.pays(account)
    monkeypatch.setattr(history_module, "LOOKED_AT_MAX", 2)
    found, after, pages = [], None, 0
    while pages < 10:
        page = await history.page("main", "rare", after=after)
        found += [one.account for one in page.deliveries]
        after, pages = page.next, pages + 1
        if after is None:
            break
    assert (found, pages > 2) == (["3", "2", "1"], True)


async def test_one_event_is_shown_with_every_attempt(books, sender, registers, history, clock):
    await registers("a")
    await registers("b")
    await books.creates(await books.opens("1"))
    await sender.sends(REFUSED)
    clock.advance(seconds=10)
    await sender.sends()
    event_id = (await history.page("main")).deliveries[0].event_id
    event = await history.event("main", event_id)
    outcomes = [(one.endpoint, one.state, [at.outcome for at in one.attempts]) for one in event.deliveries]
    assert outcomes == [("a", "delivered", ["refused", "received"]), ("b", "delivered", ["refused", "received"])]
    assert f'"evt_{event_id}"' in event.body


async def test_nothing_of_another_shop_is_found(books, sender, registers, history):
    await registers()
    await registers("test", shop="main~test")
    await books.pays("1")
    event_id = (await history.page("main")).deliveries[0].event_id
    for other in ("toys", "main~test"):
        assert await history.event(other, event_id) is None
        assert (await history.page(other, "erp")).deliveries == (await history.page(other)).deliveries == ()
        assert await history.counts(other, "erp") == {}
    assert await history.event("main", 2**63) is None
