"""What is signed is verified by a library of Standard Webhooks that others have written."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some
from standardwebhooks import Webhook, WebhookVerificationError

from outbound.webhooks.signature import signature_header

SECRET, FORMER, OTHER = b"s" * 32, b"f" * 24, b"o" * 64
BODY = '{"id":"evt_17","type":"payment.paid","shop":"Чай"}'.encode()


class Sent:
    """A webhook of this moment: the library looks at the machine's clock."""

    def __init__(self, secrets: Sequence[bytes], webhook_id: str = "evt_17", body: bytes = BODY) -> None:
        self.body, self.timestamp = body, int(time.time())
        self.headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(self.timestamp),
            "webhook-signature": signature_header(secrets, webhook_id, self.timestamp, body),
        }


def verify(secret: bytes | str, sent: Sent) -> None:
    Webhook(secret).verify(sent.body, sent.headers, json_parse=False)


def test_the_library_verifies_what_we_sign():
    verify(SECRET, Sent([SECRET]))


def test_both_secrets_of_a_rotation_verify():
    sent = Sent([SECRET, FORMER])
    verify(SECRET, sent)
    verify(FORMER, sent)


def test_another_secret_does_not_verify():
    with pytest.raises(WebhookVerificationError):
        verify(OTHER, Sent([SECRET, FORMER]))


@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp"])
def test_what_was_changed_on_its_way_does_not_verify(part):
    sent = Sent([SECRET])
    changed = {"body": "", "webhook-id": "evt_18", "webhook-timestamp": str(sent.timestamp + 1)}[part]
    sent.body, sent.headers = (b"{}", sent.headers) if part == "body" else (BODY, {**sent.headers, part: changed})
    with pytest.raises(WebhookVerificationError):
        verify(SECRET, sent)


def test_nothing_is_sent_unsigned():
    with pytest.raises(ValueError, match="without a secret"):
        Sent([])


@given(some.lists(some.binary(min_size=24, max_size=64), min_size=1, max_size=4), some.integers(0), some.text())
def test_every_secret_verifies_every_body(secrets, number, body):
    sent = Sent(secrets, f"evt_{number}", body.encode())
    for secret in secrets:
        verify(secret, sent)
