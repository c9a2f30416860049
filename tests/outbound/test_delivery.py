"""A payment is told to the shop by signed requests: at least once, in order, with the same id."""

import pytest
from standardwebhooks import Webhook

from gateway.webhook_secrets import WebhookSecrets
from tests.actors.payme import OK
from tests.outbound.conftest import KEY

pytestmark = pytest.mark.settings(OUTBOUND="here", WEBHOOK_KEY=KEY, WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")


async def test_a_payment_reaches_the_shop_signed_and_in_order(pays, receiver, registers, settings, clock):
    endpoint = await registers()
    await pays("1001")
    created, paid = await receiver.receives(2)
    assert (created["type"], paid["type"]) == ("payment.created", "payment.paid")
    assert paid["data"]["order"] == {
        "account": "1001", "kind": "one_time", "amount": OK, "state": "paid", "version": 2,
    }  # fmt: skip
    secret = WebhookSecrets(settings).text_of(endpoint, clock())
    for headers, body in receiver.requests:
        assert Webhook(secret).verify(body.decode(), headers)
