"""A shop says by the API where its events are sent; its secrets are shown when asked for, and written down nowhere."""

import asyncio
import re

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from core import EndpointRef, WantedEndpoint
from gateway.app import OUTBOUND
from schema.webhooks import DisabledReason, EndpointSource
from tests.actors.receiver import receiving
from tests.conftest import SETTINGS
from tests.core.conftest import lock_waits
from tests.other_sessions import holding

pytestmark = pytest.mark.settings(
    WEBHOOK_KEY="webhook-key-of-the-tests-0123456789abcdef",
    WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
    API_TEST_TOKEN="test-mode-token-of-main-0123456789abcdef",
    PAYME_SANDBOX="1",
)

WEBHOOKS = "/api/v1/webhooks"
ERP = f"{WEBHOOKS}/erp"
TOKEN = "token-in-a-url-0123456789"
URL = f"https://erp.example.uz/hooks/{TOKEN}?key={TOKEN}"
TEST_TOKEN = "test-mode-token-of-main-0123456789abcdef"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture
def registers(shop):
    """An endpoint of the shop; what it is answered."""

    async def register(name="erp", url=URL, **more):
        status, _, endpoint = await shop.calls("POST", WEBHOOKS, {"name": name, "url": url, **more})
        assert status == 201, endpoint
        return endpoint

    return register


@pytest.fixture
def endpoints(gateway):
    return gateway.app[OUTBOUND].endpoints


@pytest.fixture
async def of_settings(endpoints):
    await endpoints.follow_settings([WantedEndpoint(EndpointRef("main", "erp"), URL, None, None)])


async def test_an_endpoint_is_registered_changed_and_removed(shop, registers):
    endpoint = await registers(events=["payment.paid"])
    assert {name: endpoint[name] for name in ("name", "url", "events", "state", "source", "generation", "test")} == {
        **{"name": "erp", "url": URL, "events": ["payment.paid"], "state": "enabled", "source": "api"},
        **{"generation": 1, "test": False},
    }
    assert SECRET.fullmatch(endpoint.pop("secret"))
    assert (await shop.calls("GET", WEBHOOKS)).body == {"test": False, "items": [endpoint]}
    assert (await shop.calls("GET", ERP)).body == {**endpoint, "due": 0, "dead": 0, "replay": None}
    changed = (await shop.calls("PATCH", ERP, {"events": None})).body
    assert (changed["url"], changed["events"]) == (URL, None)
    assert (await shop.calls("DELETE", ERP)).status == 204
    assert await shop.refused("GET", ERP) == (404, "webhook_not_found")


async def test_the_secret_is_shown_by_three_calls_and_written_down_by_none(
    shop, registers, journal_rows, written, database
):
    secret = (await registers())["secret"]
    assert (await shop.calls("GET", f"{ERP}/secret")).body["secret"] == secret
    rotated = (await shop.calls("POST", f"{ERP}/rotate", {"keep_hours": 1})).body
    assert rotated["secret"] != secret
    for method, path in (("GET", WEBHOOKS), ("GET", ERP), ("PATCH", ERP), ("POST", f"{ERP}/disable")):
        answer = await shop.asks(method, path, {} if method != "GET" else None)
        assert (answer.status, SECRET.search(answer.body)) == (200, None)
    await shop.calls("POST", WEBHOOKS, body=f'{{"name": "erp", "url": "{URL}'.encode())
    kept = [f"{row.request}{row.answer}" for row in await journal_rows(8)]
    for line in (*kept, str(written.lines())):
        assert (SECRET.search(line), TOKEN in line) == (None, False), line
    assert all(part in kept[0] for part in ('"url":"https://erp.example.uz/***"', '"secret":"***"'))
    assert SECRET.search(str(await shop.reads("SELECT * FROM webhook_endpoints"))) is None


async def test_a_path_written_otherwise_brings_no_secret_into_the_journal(shop, registers, journal_rows):
    await registers()
    secret = (await shop.calls("GET", "/api/v1/%77ebhooks/erp/secret")).body["secret"]
    await shop.calls("POST", "/api/v1/webhook%73", {"name": "erp", "url": URL})
    for row in await journal_rows(3):
        assert (secret in row.answer, TOKEN in f"{row.request}{row.answer}") == (False, False), row


async def test_types_in_another_order_or_twice_are_the_same_types(shop, registers):
    assert (await registers(events=["payment.paid", "order.expired", "payment.paid"]))["events"] == [
        *("payment.paid", "order.expired")
    ]
    again = {"name": "erp", "url": URL, "events": ["order.expired", "payment.paid"]}
    assert (await shop.calls("POST", WEBHOOKS, again)).status == 200


async def test_a_call_may_be_repeated_whose_answer_was_lost(shop, registers):
    endpoint = await registers()
    again = await shop.calls("POST", WEBHOOKS, {"name": "erp", "url": URL})
    assert (again.status, again.body) == (200, endpoint)
    rotated = (await shop.calls("POST", f"{ERP}/rotate", {"generation": 1})).body
    assert (await shop.calls("POST", f"{ERP}/rotate", {"generation": 1})).body == rotated
    other = {"name": "erp", "url": "https://other.example.uz/"}
    assert await shop.refused("POST", WEBHOOKS, other) == (409, "webhook_exists")


async def test_a_secret_is_replaced_once_however_many_ask_at_once(shop, registers):
    await registers()
    for generation in range(1, 5):
        calls = [shop.calls("POST", f"{ERP}/rotate", {"generation": generation}) for _ in range(8)]
        assert {answer.body["generation"] for answer in await asyncio.gather(*calls)} == {generation + 1}
    problem = (await shop.calls("POST", f"{ERP}/rotate", {"generation": 77})).body
    assert [error["message"] for error in problem["errors"]] == ["must be at most 5, the secret's of now"]


async def test_a_secret_that_was_replaced_or_removed_never_comes_back(shop, registers, endpoints):
    seen = [(await registers())["secret"]]
    seen.append((await shop.calls("POST", f"{ERP}/rotate", {})).body["secret"])
    for _ in range(2):
        await shop.calls("DELETE", ERP)
        seen.append((await registers())["secret"])
    assert len(set(seen)) == 4
    for wanted in ((), [WantedEndpoint(EndpointRef("main", "of-settings"), URL, None, "print")]) * 2:
        await endpoints.follow_settings(wanted)
    assert (await shop.calls("GET", f"{WEBHOOKS}/of-settings")).body["generation"] == 1  # gone for a while only


async def test_only_a_rotation_that_names_what_it_replaces_may_be_sent_again(shop, registers, database, monkeypatch):
    monkeypatch.setattr("core.deliveries.endpoints.CHANGE_MAX_SECONDS", 0.2)
    await registers()
    async with holding(database, "SELECT * FROM webhook_endpoints FOR UPDATE"):
        said = [(await shop.calls("POST", f"{ERP}/rotate", body)).body for body in ({}, {"generation": 1})]
    assert [(problem["status"], "nothing is done twice" in problem["detail"]) for problem in said] == [
        *((503, False), (503, True))
    ]


async def test_changes_of_different_fields_at_once_are_all_made(shop, registers):
    await registers(url=None)
    for number in range(8):
        url, events = f"https://erp.example.uz/{number}", [("payment.paid", "payment.reversed")[number % 2]]
        await asyncio.gather(*(shop.calls("PATCH", ERP, change) for change in ({"url": url}, {"events": events})))
        changed = (await shop.calls("GET", ERP)).body
        assert (changed["url"], changed["events"]) == (url, events)


async def test_of_another_shop_nothing_is_reached(shop, registers, endpoints):
    await registers()
    test_mode = shop.with_token(TEST_TOKEN)
    assert (await test_mode.calls("GET", WEBHOOKS)).body == {"test": True, "items": []}
    for method, path in (
        *(("GET", ERP), ("PATCH", ERP), ("DELETE", ERP), ("GET", f"{ERP}/secret"), ("GET", f"{ERP}/deliveries")),
        *(("POST", f"{ERP}/{verb}") for verb in ("rotate", "enable", "disable", "test", "pull")),
    ):
        assert await test_mode.refused(method, path, {} if method != "GET" else None) == (404, "webhook_not_found")
    assert len(await endpoints.of(["main"])) == 1


async def test_what_the_settings_say_is_not_changed_here(shop, of_settings):
    for method, path in (("PATCH", ERP), ("DELETE", ERP), ("POST", f"{ERP}/rotate")):
        assert await shop.refused(method, path, {}) == (409, "webhook_of_settings")
    assert await shop.refused("POST", WEBHOOKS, {"name": "erp", "url": URL}) == (409, "webhook_exists")
    assert (await shop.calls("POST", f"{ERP}/disable")).body["reason"] == "shop"
    assert (await shop.calls("POST", f"{ERP}/enable")).body["state"] == "enabled"


async def test_what_the_operator_has_disabled_the_operator_enables(shop, registers, endpoints):
    await registers()
    await endpoints.disable(EndpointRef("main", "erp"), DisabledReason.OPERATOR)
    assert await shop.refused("POST", f"{ERP}/enable") == (409, "webhook_of_operator")
    assert (await shop.calls("POST", f"{ERP}/disable")).body["reason"] == "operator"


async def test_also_where_the_operator_disables_it_just_then(shop, registers, database):
    await registers()
    await shop.calls("POST", f"{ERP}/disable")
    async with database.connect() as operator:
        await operator.execution_options(isolation_level="READ COMMITTED")
        await operator.execute(text("UPDATE webhook_endpoints SET reason = 'operator' WHERE shop = 'main'"))
        refused = asyncio.ensure_future(shop.refused("POST", f"{ERP}/enable"))
        await lock_waits(database, 1)
        await operator.commit()
    assert await refused == (409, "webhook_of_operator")


async def test_there_are_ten_at_most(shop, endpoints):
    for number in range(10):
        await endpoints.register(WantedEndpoint(EndpointRef("main", f"e{number}"), URL, None, "p"), EndpointSource.API)
    assert await shop.refused("POST", WEBHOOKS, {"name": "erp", "url": URL}) == (409, "too_many_webhooks")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"name": "ERP"}, "name", "must match ^[a-z0-9][a-z0-9-]{0,31}$"),
        ({"name": "-erp"}, "name", "must match ^[a-z0-9][a-z0-9-]{0,31}$"),
        ({"name": "erp", "url": "https://10.0.0.1/"}, "url", "10.0.0.1 is not a public address"),
        ({"name": "erp", "url": "ftp://erp.uz/"}, "url", "The URL has to begin with https://."),
        ({"name": "erp", "events": ["paid"]}, "events", "has what is no type: paid. There are payment.created"),
        ({"name": "erp", "events": []}, "events", "must have at least 1 entries"),
        ({"name": "erp", "secret": "s"}, "secret", "is not a field of this object"),
    ],
)
async def test_what_is_not_valid_is_said_by_field(shop, body, field, message):
    ((named, said),) = [(e["field"], e["message"]) for e in (await shop.calls("POST", WEBHOOKS, body)).body["errors"]]
    assert (named, said.startswith(message)) == (field, True), said


async def test_a_test_is_sent_signed_and_never_stored(shop, registers):
    async with receiving() as receiver:
        secret = (await registers(url=receiver.url))["secret"]
        answer = await shop.calls("POST", f"{ERP}/test")
        ((headers, body),) = receiver.requests
    assert Webhook(secret).verify(body.decode(), headers)["type"] == "endpoint.test"
    assert (answer.body["outcome"], answer.body["status"], answer.body["address"]) == ("received", 204, "127.0.0.1")
    assert await shop.reads("SELECT * FROM webhook_attempts") == []


async def test_a_shop_sends_one_test_at_a_time(shop, registers, monkeypatch):
    monkeypatch.setattr("merchant_api.read_slots.WAIT_SECONDS", 0.05)
    async with receiving() as receiver:
        receiver.gate = asyncio.Event()
        await registers(url=receiver.url)
        first = asyncio.create_task(shop.calls("POST", f"{ERP}/test"))
        await receiver.receives(1)
        assert await shop.refused("POST", f"{ERP}/test") == (429, "too_many_reads")
        receiver.gate.set()
        assert (await first).status == 200


async def test_one_that_pulls_is_sent_no_test(shop, registers):
    await registers(url=None)
    assert await shop.refused("POST", f"{ERP}/test") == (409, "webhook_has_no_url")


@pytest.mark.settings(WEBHOOK_KEY=None, DATABASE_URL="postgresql://elsewhere/tiyin")
async def test_without_a_key_the_problem_says_what_the_operator_does(shop):
    status, _, problem = await shop.calls("POST", WEBHOOKS, {"name": "erp", "url": URL})
    assert (status, problem["detail"].startswith("WEBHOOK_KEY is not set")) == (409, True)


async def test_what_can_be_read_answers_to_head_as_orders_do(shop, registers):
    await registers()
    for path in ("/api/v1/orders", WEBHOOKS, ERP, f"{ERP}/deliveries", "/api/v1/event-types"):
        answer = await shop.asks("HEAD", path)
        assert (answer.status, answer.body) == (200, ""), path


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_token_nothing_is_answered(shop, method):
    nobody = shop.with_token("nobody-0123456789")
    assert await nobody.refused(method, WEBHOOKS) == (401, "unauthorized")
    assert SETTINGS["API_TOKEN"] != nobody.token
