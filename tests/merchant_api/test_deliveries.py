"""A shop sees by the API what became of its events, has them sent again, or takes them itself."""

from datetime import timedelta

import pytest

from core import DeliveryQueue, Replays, Result, Room, delivery_pool, moment_text
from schema.values import to_ms
from schema.webhooks import AttemptOutcome
from tests.actors.payme import OK, new_id

pytestmark = pytest.mark.settings(
    WEBHOOK_KEY="webhook-key-of-the-tests-0123456789abcdef",
    API_TEST_TOKEN="test-mode-token-of-main-0123456789abcdef",
    PAYME_SANDBOX="1",
)

WEBHOOKS = "/api/v1/webhooks"
ERP = f"{WEBHOOKS}/erp"
URL = "https://erp.example.uz/hooks"
ROOM = Room(most=64, cold_endpoints=16, fresh=16, known={})


@pytest.fixture
async def erp(shop):
    await shop.calls("POST", WEBHOOKS, {"name": "erp", "url": URL})


@pytest.fixture
def pays(shop, payme, clock):
    """Two events of a new order."""

    async def pay(account="1001"):
        await shop.opens(account, OK)
        transaction = new_id()
        await payme.creates(transaction, to_ms(clock()), account)
        await payme.performs(transaction)

    return pay


@pytest.fixture
async def sends(database_url, clock):
    """Claim what is due and settle it, as a worker does."""
    async with delivery_pool(database_url) as engine:
        queue = DeliveryQueue(engine, clock)

        async def send(outcome=AttemptOutcome.RECEIVED, status=204):
            claims = (await queue.claim(ROOM)).claims
            await queue.settle([Result(claim, outcome, clock(), 5, status=status) for claim in claims])
            return [f"evt_{claim.event_id}" for claim in claims]

        yield send


async def listed(shop, query=""):
    status, _, page = await shop.calls("GET", f"{ERP}/deliveries{query}")
    assert status == 200, page
    return page


async def test_deliveries_are_listed_newest_first_by_state_and_account(shop, erp, pays, sends):
    await pays()
    await pays("1002")
    await sends(AttemptOutcome.REFUSED, 500)
    first = await listed(shop, "?limit=3")
    second = await listed(shop, f"?limit=3&cursor={first['next']}")
    assert [len(page["items"]) for page in (first, second)] == [3, 1]
    (dead,) = (await listed(shop, "?state=dead&account=1001"))["items"]
    assert (dead["type"], dead["state"], dead["reason"]) == ("payment.created", "dead", "tries")
    assert (dead["attempts"][0]["outcome"], dead["attempts"][0]["status"]) == ("refused", 500)
    assert (dead["ended_at"] >= dead["at"], "settled_at" in dead) == (True, False)  # settled is what a bank does
    for query in ("?state=sent", "?limit=0", "?cursor=x", "?find=1", "?state=due&state=dead"):
        assert await shop.refused("GET", f"{ERP}/deliveries{query}") == (422, "invalid")


async def test_an_event_is_shown_and_sent_again(shop, erp, pays, sends):
    await pays()
    (event,) = await sends()
    shown = (await shop.calls("GET", f"/api/v1/events/{event}")).body
    assert (shown["body"]["id"], shown["body"]["data"]["order"]["account"]) == (event, "1001")
    assert [(one["webhook"], one["state"], len(one["attempts"])) for one in shown["deliveries"]] == [
        ("erp", "delivered", 1)
    ]
    retried = (await shop.calls("POST", f"/api/v1/events/{event}/retry", {"webhook": "erp"})).body
    assert retried == {"due": ["erp"], "in_flight": []}
    assert event in await sends()


async def test_another_shops_event_is_none(shop, erp, pays, sends):
    await pays()
    (event,) = await sends()
    other = shop.with_token("test-mode-token-of-main-0123456789abcdef")
    for method, path in (("GET", event), ("POST", f"{event}/retry"), ("GET", "1"), ("GET", "evt_" + "9" * 19)):
        assert await other.refused(method, f"/api/v1/events/{path}") == (404, "event_not_found")


async def test_a_new_endpoint_asks_for_its_past(shop, pays, erp, database_url, clock):
    await pays()
    await shop.calls("DELETE", ERP)
    await shop.calls("POST", WEBHOOKS, {"name": "erp", "url": URL})
    clock.advance(seconds=1)
    since = moment_text(clock() - timedelta(days=1))
    answer = await shop.calls("POST", f"{ERP}/replay", {"since": since})
    assert (answer.status, answer.body["state"], answer.body["which"]) == (202, "running", "missing")
    assert await shop.refused("POST", f"{ERP}/replay", {"since": since}) == (409, "replay_running")
    async with delivery_pool(database_url) as engine:
        await Replays(engine, clock).run()
    status = (await shop.calls("GET", ERP)).body
    assert (status["due"], status["replay"]["state"], status["replay"]["replayed"]) == (2, "ended", 2)


@pytest.mark.parametrize(
    ("days", "more", "field"),
    [(31, {}, "until"), (-1, {}, "since"), (1, {"events": ["paid"]}, "events"), (1, {"which": "some"}, "which")],
)
async def test_what_no_replay_can_be_is_said_by_field(shop, erp, clock, days, more, field):
    body = {"since": moment_text(clock() - timedelta(days=days)), **more}
    problem = (await shop.calls("POST", f"{ERP}/replay", body)).body
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_for_a_name_that_no_endpoint_can_have_nothing_is_replayed(shop, erp, clock):
    body = {"since": moment_text(clock() - timedelta(days=1))}
    for name in ("%00", "erp%00", "%FF", "shop"):
        assert await shop.refused("POST", f"{WEBHOOKS}/{name}/replay", body) == (404, "webhook_not_found")


async def test_a_shop_takes_its_events_in_order_and_acknowledges_them(shop, pays):
    await shop.calls("POST", WEBHOOKS, {"name": "erp"})
    await pays()
    (created,) = (await shop.calls("POST", f"{ERP}/pull")).body["events"]
    assert (await shop.calls("POST", f"{ERP}/pull", {"most": 5})).body == {"test": False, "events": []}
    assert (created["body"]["type"], created["body"]["id"]) == ("payment.created", created["id"])
    taken = [{"id": created["id"], "fence": created["fence"]}, {"id": "evt_1", "fence": 1}]
    answer = (await shop.calls("POST", f"{ERP}/ack", {"events": taken})).body
    assert answer == {"acknowledged": [created["id"]], "lost": ["evt_1"]}
    (paid,) = (await shop.calls("POST", f"{ERP}/pull")).body["events"]
    assert paid["body"]["type"] == "payment.paid"


async def test_only_what_is_enabled_and_not_sent_to_is_pulled(shop, erp):
    assert await shop.refused("POST", f"{ERP}/pull") == (409, "webhook_has_url")
    await shop.calls("PATCH", ERP, {"url": None})
    await shop.calls("POST", f"{ERP}/disable")
    assert await shop.refused("POST", f"{ERP}/pull") == (409, "webhook_disabled")
