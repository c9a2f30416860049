"""Endpoints and events that a later release has left are shown, changed and sent as this release's own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from core.clock import wall_clock
from gateway.app import OUTBOUND
from schema.values import to_ms
from schema.webhooks import DeliveryState
from tests.actors.payme import OK, new_id
from tests.actors.receiver import Receiver, receiving
from tests.last_release.database import LATER_SHOP, SHOPS_FILE
from tests.last_release.rows import BEGIN

pytestmark = pytest.mark.settings(
    TIYIN_CONFIG=str(SHOPS_FILE),
    OUTBOUND="here",
    WEBHOOK_KEY="webhook-key-of-a-later-release-0123456789",
    WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
)

WEBHOOKS = "/api/v1/webhooks"
EVENTS = f"SELECT transition_id, event FROM outbox WHERE shop = '{LATER_SHOP}' ORDER BY transition_id"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def webhook(later_shop, receiver) -> Webhook:
    """Verifies what comes to an endpoint that the shop has registered here."""
    status, _, body = await later_shop.calls("POST", WEBHOOKS, {"name": "erp", "url": receiver.url})
    assert status == 201, body
    return Webhook(body["secret"])


async def test_every_event_is_sent_to_an_endpoint_that_asks_for_the_past(later_shop, webhook, receiver, clock, gateway):
    events = {f"evt_{row.transition_id}": row.event for row in await later_shop.reads(EVENTS)}
    clock.stands_at(BEGIN + timedelta(days=1))
    asked = await later_shop.calls("POST", f"{WEBHOOKS}/erp/replay", {"since": BEGIN.isoformat()})
    assert asked.status == 202, asked.body
    gateway.app[OUTBOUND].wake()
    received = await receiver.receives(len(events))
    assert {event["id"]: event["type"] for event in received} == events


async def test_a_payment_that_is_made_now_reaches_the_shop_signed(later_shop, later_payme, webhook, receiver, clock):
    clock.stands_at(wall_clock())  # by which the signature's age is judged
    account, transaction = "made-now", new_id()
    await later_shop.opens(account, OK)
    await later_payme.creates(transaction, to_ms(clock()), account)
    await later_payme.performs(transaction)
    created, paid = await receiver.receives(2)
    assert (created["type"], paid["type"]) == ("payment.created", "payment.paid")
    for headers, body in receiver.requests:
        assert webhook.verify(body.decode(), headers)


async def test_the_shop_reads_every_endpoint_and_what_became_of_every_event(later_shop, webhook):
    status, _, body = await later_shop.calls("GET", WEBHOOKS)
    assert (status, len(body["items"]) > 1) == (200, True)
    for name in (endpoint["name"] for endpoint in body["items"]):
        for state in DeliveryState:
            status, _, page = await later_shop.calls("GET", f"{WEBHOOKS}/{name}/deliveries?state={state}")
            assert status == 200, page
    for row in await later_shop.reads(EVENTS):
        status, _, event = await later_shop.calls("GET", f"/api/v1/events/evt_{row.transition_id}")
        assert (status, event["type"]) == (200, row.event)


@pytest.mark.parametrize("verb", ["disable", "enable", "rotate", "test", "replay", "pull"])
async def test_the_shop_may_do_everything_to_its_endpoints(later_shop, verb):
    bodies = {"replay": {"since": BEGIN.isoformat()}}
    for endpoint in (await later_shop.calls("GET", WEBHOOKS)).body["items"]:
        answer = await later_shop.calls("POST", f"{WEBHOOKS}/{endpoint['name']}/{verb}", bodies.get(verb))
        assert answer.status in (200, 202, 404, 409, 422, 502), answer.body
