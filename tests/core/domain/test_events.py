"""What the shop is sent is part of the contract: names and payloads are compared whole."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.domain.commands import Cancel, ExpireOrder, Perform
from core.domain.decide import decide
from core.domain.events import event_of, moment
from schema.values import Provider
from tests.core.domain.sample import LATER, NOW, ORDER, PAYME_REF, last_transition, one_order, one_payment


def test_a_payment_that_is_given_back():
    work = one_payment()
    decide(work, Perform(PAYME_REF, Provider.PAYME), NOW)
    decide(work, Cancel(PAYME_REF, Provider.PAYME, 5), LATER)
    assert event_of(last_transition(work), 77) == (
        "payment.reversed",
        {
            "id": "evt_77",
            "type": "payment.reversed",
            "timestamp": "2026-11-22T10:01:00.123Z",
            "schema": 1,
            "shop": "main",
            "test": False,
            "data": {
                "order": {"account": "1001", "kind": "one_time", "amount": 50_000, "state": "refunded", "version": 3},
                "payment": {
                    "id": 11,
                    "provider": "payme",
                    "external_id": "a",
                    "amount": 50_000,
                    "refunded": 50_000,
                    "state": "reversed",
                    "reason": 5,
                    "created_at": "2026-11-22T10:00:00.123Z",
                    "performed_at": "2026-11-22T10:00:00.123Z",
                    "cancelled_at": "2026-11-22T10:01:00.123Z",
                },
            },
        },
    )


def test_a_payment_that_is_opened():
    event = event_of(last_transition(one_payment(Provider.CLICK)), 77)
    assert event is not None
    name, payload = event
    order = {"account": "1001", "kind": "one_time", "amount": 50_000, "state": "reserved", "version": 1}
    assert (name, payload["data"]["order"]) == ("payment.created", order)
    told = payload["data"]["payment"]
    assert (told["provider"], told["external_id"], told["state"]) == ("click", "54321:1:1001", "pending")
    assert (told["refunded"], told["reason"], told["performed_at"], told["cancelled_at"]) == (0, None, None, None)


def test_an_order_whose_time_is_over():
    work = one_order(expires_at=NOW + timedelta(seconds=1))
    decide(work, ExpireOrder(ORDER), LATER)
    assert event_of(last_transition(work), 77) == (
        "order.expired",
        {
            "id": "evt_77",
            "type": "order.expired",
            "timestamp": "2026-11-22T10:01:00.123Z",
            "schema": 1,
            "shop": "main",
            "test": False,
            "data": {
                "order": {"account": "1001", "kind": "one_time", "amount": 50_000, "state": "expired", "version": 1},
                "payment": None,
            },
        },
    )


def test_what_the_shop_did_itself_is_no_event():
    assert event_of(last_transition(one_order()), 77) is None


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, None),
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        (datetime(2026, 1, 2, 5, tzinfo=timezone(timedelta(hours=5))), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_a_moment_is_in_utc_to_the_millisecond(at, text):
    assert moment(at) == text
