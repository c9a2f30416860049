"""Shops hear of payments by signed requests: at least once, in order, each event with one id."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from core import Create, Details, EndpointRef, ExternalPaymentRef, OpenOrder, OrderRef
from gateway.webhook_secrets import WebhookSecrets, settings_endpoints
from schema.values import OrderKind, Provider, Tiyin
from schema.webhooks import DisabledReason
from tests.actors.payme import OK
from tests.long_timeouts import WAIT_SECONDS
from tests.outbound.delivery.conftest import KEY

pytestmark = pytest.mark.settings(OUTBOUND="here", WEBHOOK_KEY=KEY, WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")

DAY = timedelta(days=1)
OF_SETTINGS = {"WEBHOOK_URL": "https://shop.example.uz/hooks", "WEBHOOK_EVENTS": "payment.paid"}


async def until(condition) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_a_payment_reaches_the_shop_signed_and_in_order(pays, receiver, registers, settings, clock):
    endpoint = await registers()
    await pays("1001")
    created, paid = await receiver.receives(2)
    assert (created["type"], paid["type"]) == ("payment.created", "payment.paid")
    order = {"account": "1001", "kind": "one_time", "amount": OK, "state": "paid", "version": 2}
    assert (paid["data"]["order"], paid["test"]) == (order, False)
    secret = WebhookSecrets(settings).text_of(endpoint, clock())
    for headers, body in receiver.requests:
        assert Webhook(secret).verify(body.decode(), headers)


async def test_what_is_refused_is_sent_again_with_the_same_id_and_body(
    pays, receiver, registers, outbound, clock, database
):
    await registers()
    receiver.answer = lambda event: 500
    await pays("1001")
    await until(lambda: is_settled(database))
    receiver.answer = lambda event: 204
    clock.advance(seconds=7)
    outbound.wake()
    await receiver.receives(3)
    first, second, _ = receiver.requests
    assert (first[0]["webhook-id"], first[1]) == (second[0]["webhook-id"], second[1])
    assert receiver.types == ["payment.created", "payment.created", "payment.paid"]


async def is_settled(database) -> bool:
    async with database.connect() as connection:
        return await connection.scalar(text("SELECT max(tries) FROM deliveries")) == 1


async def test_the_former_secret_signs_along_after_a_rotation(pays, receiver, registers, outbound, settings, clock):
    endpoint, secrets = await registers(), WebhookSecrets(settings)
    before = secrets.text_of(endpoint, clock())
    rotated = await outbound.endpoints.rotate(EndpointRef("main", "erp"), DAY, secrets.fingerprint)
    await pays("1001")
    await receiver.receives(2)
    for headers, body in receiver.requests:
        for secret in (before, secrets.text_of(rotated, clock())):
            assert Webhook(secret).verify(body.decode(), headers)
    assert len(secrets.of(rotated, clock() + DAY)) == 1


async def test_events_of_test_mode_go_to_its_own_endpoints_only(core, receiver, registers, clock, rows):
    await registers("live")
    await registers("trial", shop="main~test")
    await opens_in_test_mode(core, clock)
    (event,) = await receiver.receives(1)
    assert event["test"] is True
    assert await rows("count(*)") == [(1,)]


async def opens_in_test_mode(core, clock) -> None:
    where, payment = OrderRef("main~test", "trial"), ExternalPaymentRef("main~test", Provider.PAYME, "trial")
    await core.do(OpenOrder(where, OrderKind.ONE_TIME, Tiyin(1_00), None, None, None, Details()))
    await core.do(Create(payment, where, Tiyin(1_00), clock(), {"order_id": where.account}))


async def test_an_endpoint_that_is_gone_is_disabled_and_its_events_wait(pays, receiver, registers, outbound, clock):
    await registers()
    receiver.answer = lambda event: 410
    await pays("1001")
    await until(lambda: is_disabled(outbound))
    receiver.answer = lambda event: 204
    await outbound.endpoints.enable(EndpointRef("main", "erp"))
    outbound.wake()
    assert [event["type"] for event in (await receiver.receives(3))[1:]] == ["payment.created", "payment.paid"]


async def is_disabled(outbound) -> bool:
    endpoint = await outbound.endpoints.get(EndpointRef("main", "erp"))
    return endpoint.reason is DisabledReason.GONE


async def test_what_an_older_release_has_left_out_is_filled_in(pays, receiver, registers, outbound, database, clock):
    await registers()
    receiver.gate = asyncio.Event()
    await pays("1001")
    async with database.connect() as connection:
        await connection.execute(text("DELETE FROM deliveries"))
    receiver.gate.set()
    await outbound.fill_in()
    await until(lambda: all_delivered(database))
    assert set(receiver.types) == {"payment.created", "payment.paid"}


async def all_delivered(database) -> bool:
    async with database.connect() as connection:
        found = await connection.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
        return [tuple(row) for row in found] == [("delivered", 2)]


@pytest.mark.settings(**OF_SETTINGS)
async def test_an_endpoint_of_the_settings_is_there_from_the_start(outbound, settings):
    (endpoint,) = await outbound.endpoints.all()
    assert (endpoint.name, endpoint.url, endpoint.events) == ("main", OF_SETTINGS["WEBHOOK_URL"], ("payment.paid",))
    assert WebhookSecrets(settings).fingerprint == endpoint.key_print


@pytest.mark.settings(**OF_SETTINGS)
async def test_an_endpoint_goes_with_its_line_in_the_settings(outbound, settings):
    shop = settings.shops["main"].model_copy(update={"webhooks": {}})
    without = settings.model_copy(update={"shops": {"main": shop}})
    assert settings_endpoints(without) == {}
    outbound._settings = without
    await outbound.follow_settings()
    assert await outbound.endpoints.all() == []


async def test_the_metrics_show_what_was_sent_and_what_waits(pays, receiver, registers, outbound, http, gateway):
    await registers()
    receiver.answer = lambda event: 204 if event["type"] == "payment.created" else 500
    await pays("1001")
    await receiver.receives(2)
    await until(lambda: is_shown(http, gateway, outbound, 'tiyin_webhook_attempts_total{outcome="refused"} 1.0'))
    page = await metrics(http, gateway)
    assert 'tiyin_webhook_attempts_total{outcome="received"} 1.0' in page
    assert "tiyin_webhook_lag_seconds_count 2.0" in page
    assert "tiyin_webhook_due 1.0" in page
    assert "tiyin_webhook_zombies_total 0.0" in page
    assert "tiyin_webhook_given_up_total 0.0" in page
    assert 'tiyin_webhook_endpoints{state="enabled"} 1.0' in page


async def is_shown(http, gateway, outbound, line: str) -> bool:
    await outbound.show_state()
    return line in await metrics(http, gateway)


async def metrics(http, gateway) -> str:
    async with http.get(gateway.make_url("/metrics")) as response:
        return await response.text()
