"""`tiyin webhook listen`: each event is a line, and a bad signature a sentence."""

import json
import socket

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core import wall_clock
from gateway.cli.webhook_listener import own_verdict, receiver, verifier
from outbound.webhooks.secrets import as_text
from outbound.webhooks.signature import signature_header

KEY = b"a-key-of-thirty-two-bytes-0123456"
EVENT = {
    "id": "evt_7",
    "type": "payment.paid",
    "data": {
        "order": {"account": "1001", "state": "paid"},
        "payment": {"id": 33, "amount": 5_000_000, "state": "paid"},
    },
}
BODY = json.dumps(EVENT).encode()
LINE = "payment.paid  evt_7  order 1001 paid  payment 33 of 5000000 tiyin paid"


def signed(key=KEY, body=BODY, late=0):
    moment = int(wall_clock().timestamp()) - late
    signature = signature_header([key], "evt_7", moment, body)
    return {"webhook-id": "evt_7", "webhook-timestamp": str(moment), "webhook-signature": f"v1a,x {signature}"}


@pytest.fixture
async def answers():
    """The statuses of requests to a listener, and what it has said."""
    lines = []

    async def post(headers, verify=None, fail=0, times=1):
        async with TestClient(TestServer(receiver(verify, fail, lines.append))) as client:
            statuses = []
            for _ in range(times):
                async with client.post("/any/path", data=BODY, headers=headers) as response:
                    statuses.append(response.status)
        return statuses, lines

    return post


async def test_a_good_event_is_one_line(answers):
    assert await answers(signed(), verifier(as_text(KEY))) == ([204], [f"{LINE}: verified, answered 204."])


async def test_a_developer_can_watch_retries(answers):
    statuses, lines = await answers(signed(), fail=2, times=3)
    assert statuses == [500, 500, 204]
    assert lines[0] == f"{LINE}: answered 500, as --fail says."


async def test_a_bad_signature_is_a_sentence(answers):
    statuses, (line,) = await answers(signed(key=b"another-key-of-thirty-two-bytes-0"), verifier(as_text(KEY)))
    sentence = "Its signature is not made by this secret, or the body was changed on its way."
    assert (statuses, line) == ([401], f"{LINE}: {sentence} Answered 401.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, None),
        ({"webhook-signature": ""}, "It is not signed: the header webhook-signature is missing."),
        ({"webhook-signature": "no-comma"}, "Its signature is not made by this secret"),
        ({"webhook-timestamp": "today"}, "Its webhook-timestamp is no time."),
        ({"webhook-signature": "v1,\udcff"}, "Its signature is not made by this secret"),
        ({"webhook-id": "\udcff"}, "Its signature is not made by this secret"),
        ({"webhook-id": "evt_8"}, "Its signature is not made by this secret"),
        (signed(late=301), "Its webhook-timestamp is more than five minutes away"),
    ],
)
def test_ours_and_the_librarys_verdict_are_one(changes, sentence):
    headers = signed() | changes
    for verdict in (own_verdict(KEY, BODY, headers), verifier(as_text(KEY))(BODY, headers)):
        assert verdict is None if sentence is None else (verdict or "").startswith(sentence)


def test_a_port_that_is_taken_is_a_sentence(types):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, wrong = types("webhook", "listen", "--port", str(port), "--secret", as_text(KEY))
    assert (status, wrong) == (1, f"Something else listens at 127.0.0.1:{port}: give another port by --port.\n")
