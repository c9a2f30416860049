"""What is published of events: a sentence, a schema and an example of each type, and every real event is like that."""

import itertools
from datetime import timedelta

import orjson
import pytest

from core import EVENTS
from core.domain.events import EVENT_SCHEMA, event_of
from gateway.app import CORE
from merchant_api import event_wire
from merchant_api.event_examples import CHANGES, EXAMPLES
from schema import event_types
from schema.values import PaymentState, to_ms
from tests.actors.payme import OK, new_id
from tests.actors.shop import OURS
from tests.core.domain.sample import NOW, last_transition, one_payment
from tests.merchant_api.json_schema import field_errors, unknown_words

STORED = set(EVENTS.values())
LATER = {"refund.succeeded", "payment.moved", "payment.returned"}
"""Nothing in this release leads to them."""


@pytest.fixture
async def published(shop):
    async with shop.http.get(f"{shop.url}/api/v1/event-types") as response:  # no token
        assert (response.status, response.content_type) == (200, "application/json")
        document = await response.json()
    assert document["schema"] == EVENT_SCHEMA
    return {each["type"]: each for each in document["types"]}


def test_every_type_that_there_is_has_its_words():
    assert STORED == event_types.SENTENCES.keys() == event_wire.PAYMENTS.keys() == CHANGES.keys()
    assert event_types.EVENT_SCHEMA == EVENT_SCHEMA


async def test_every_example_is_as_its_schema_says(published):
    assert published.keys() == {*STORED, "endpoint.test"}
    for event, each in published.items():
        schema = each["schema"]
        assert (each["example"], list(field_errors(schema, schema, each["example"]))) == (EXAMPLES[event], [])
        assert set().union(*map(unknown_words, (schema, *schema["$defs"].values()))) == {"$defs"}, event


async def test_each_type_is_told_from_the_others(published):
    """Or a schema would say nothing."""
    for one, other in itertools.permutations(published.values(), 2):
        assert list(field_errors(one["schema"], one["schema"], other["example"]))


async def test_every_event_that_is_really_written_is_as_its_schema_says(published, shop, payme, click, clock, gateway):
    await _everything_happens(shop, payme, click, clock, gateway.app[CORE])
    rows = await shop.reads(f"SELECT event, CAST(payload AS text) FROM outbox WHERE {OURS}")
    for event, text in rows:
        body, schema = orjson.loads(text), published[event]["schema"]
        assert list(field_errors(schema, schema, body)) == [], body
        assert body["data"].keys() == published[event]["example"]["data"].keys()
    assert {event for event, _ in rows} == STORED - LATER


async def _everything_happens(shop, payme, click, clock, core):
    """What both providers, the shop and the clock do to orders and a balance."""
    await shop.opens("b", None, kind="accumulative")
    for account in ("1", "2", "b"):
        if account != "b":
            await shop.opens(account, OK)
        transaction = new_id()
        await payme.creates(transaction, to_ms(clock()), account)
        await payme.performs(transaction)
        data = {"receipt_id": 1, "status_code": 0, "message": "ok", "terminal_id": "T", "fiscal_sign": "1"}
        await payme.says("SetFiscalData", id=transaction, type="PERFORM", fiscal_data=data)
        if account == "1":
            await payme.cancels(transaction, 5)
    await shop.opens("3", OK)
    transaction = new_id()
    await payme.creates(transaction, to_ms(clock()), "3")
    await payme.cancels(transaction, 3)
    await shop.amends("3", amount=OK + 100)
    await shop.closes("3")
    await shop.reopens("3")
    await shop.opens("4", 500_00, expires_at=(clock() + timedelta(hours=1)).isoformat())
    first = await click.prepares("4")
    await click.completes(first["merchant_prepare_id"], "4", error=-5017)
    await shop.opens("5", 500_00)
    await click.prepares("5", click_paydoc_id="77")
    second = await click.prepares("5", click_paydoc_id="77")
    await click.completes(second["merchant_prepare_id"], "5")
    clock.advance(hours=2)
    await core.sweeper.sweep()


@pytest.mark.parametrize("later", [each for each, event in EVENTS.items() if event in LATER], ids=str)
async def test_those_of_later_releases_are_as_their_schema_says(published, later):
    """By the function that writes events, for nothing leads to them yet."""
    verb, state = later
    ended = NOW if state is PaymentState.REVERSED else None
    pending = last_transition(one_payment())
    payment = pending.payment._replace(state=state, performed_at=NOW, cancelled_at=ended)
    event, body = event_of(pending._replace(verb=verb, payment=payment), 7)
    schema = published[event]["schema"]
    assert list(field_errors(schema, schema, orjson.loads(orjson.dumps(body)))) == []
