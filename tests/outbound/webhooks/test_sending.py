"""One attempt: what is sent, what is made of each answer, and how much of it is kept."""

import asyncio
import base64
import gzip
import time
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from outbound.webhooks import sending
from outbound.webhooks.sending import DeliveryAttempt
from schema.webhooks import AttemptOutcome
from tests.outbound.conftest import BODY, SECRET, WHEN, Names
from tests.outbound.receiver import Receiver, answer, hangs_up, silence

OTHER = b"o" * 24


async def test_an_event_is_posted_with_its_headers_and_as_it_is(sender):
    async with Receiver(answer(204)) as shop:
        attempt = await sender.send(shop.url(path="/hooks?shop=1"))
    assert replace(attempt, milliseconds=0) == DeliveryAttempt(
        AttemptOutcome.RECEIVED, 0, status=204, address="127.0.0.1"
    )
    assert shop.heads[0].startswith("POST /hooks?shop=1 HTTP/1.1\r\n")
    assert shop.headers.pop("webhook-signature").startswith("v1,")
    assert {name: text for name, text in shop.headers.items() if name != "webhook-signature"} == {
        "host": f"127.0.0.1:{shop.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(BODY)),
        "user-agent": "tiyin/0.2.0",
        "webhook-id": "evt_17",
        "webhook-timestamp": str(WHEN),
        "x-request-id": "c-1",
    }
    assert shop.bodies == [BODY]


async def test_a_receiver_verifies_it_with_either_secret(sender):
    async with Receiver() as shop:
        await sender.send(shop.url(), secrets=[SECRET, OTHER], timestamp=int(time.time()))
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(shop.bodies[0], shop.headers)["id"] == "evt_17"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "received"), (201, "received"), (202, "received"), (204, "received"), (299, "received")),
        *((300, "refused"), (301, "refused"), (302, "refused"), (303, "refused"), (304, "refused"), (307, "refused")),
        *((308, "refused"), (400, "refused"), (401, "refused"), (404, "refused"), (408, "refused"), (409, "refused")),
        *((410, "gone"), (429, "unavailable"), (500, "refused"), (501, "refused"), (502, "unavailable")),
        *((503, "unavailable"), (504, "unavailable"), (505, "refused"), (599, "refused"), (999, "refused")),
    ],
)
async def test_a_status_is_an_outcome(sender, status, outcome):
    async with Receiver(answer(status)) as shop:
        attempt = await sender.send(shop.url())
    assert (attempt.outcome.value, attempt.status, len(shop.heads)) == (outcome, status, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(sender, status):
    async with Receiver() as other, Receiver(answer(status, Location=other.url())) as shop:
        attempt = await sender.send(shop.url())
    assert (attempt.outcome.value, len(shop.heads), other.connections) == ("refused", 1, 0)
    assert attempt.note == "It redirects, which webhooks do not follow: register the URL that it leads to."


@pytest.mark.parametrize("status", [429, 503, 410, 200])
@pytest.mark.parametrize("value", ["0", "90", str(10**9), "-1", "Sun, 01 Mar 2026 12:01:30 GMT", "soon", "é"])
async def test_retry_after_is_handed_on_as_it_came(sender, status, value):
    async with Receiver(answer(status, Retry_After=value)) as shop:
        assert (await sender.send(shop.url())).retry_after == value


async def test_retry_after_is_bounded_and_can_be_stored(sender):
    async with Receiver(answer(503).replace(b"\r\n", b"\r\nRetry-After: \xff" + b"9" * 5000 + b"\r\n", 1)) as shop:
        value = (await sender.send(shop.url())).retry_after
    assert (len(value), value) == (64, "?" + "9" * 63)


async def test_interim_answers_are_passed_over(sender):
    async with Receiver(answer(100) + answer(103, Link="</x>") + answer(204)) as shop:
        assert await sender.outcome(shop.url()) == "received"


async def test_what_was_answered_is_kept_masked_and_storable(sender):
    async with Receiver(answer(400, "Карта 8600 1234 5678 9012\0 нет".encode() + b"\xff")) as shop:
        attempt = await sender.send(shop.url())
    assert attempt.answer == "Карта 8600********9012 нет\ufffd"


@pytest.mark.parametrize("before", [b"", b"x"])
async def test_two_kibibytes_of_an_answer_are_kept(sender, before):
    async with Receiver(answer(500, before + "ж".encode() * 5000)) as shop:
        kept = (await sender.send(shop.url())).answer.encode()
    assert 2046 <= len(kept) <= 2048


@pytest.mark.parametrize("digits", range(8, 16))
async def test_a_card_that_is_cut_off_is_not_kept(sender, digits):
    """Many numbers become one by the mask, so that the end of what is read is within what is kept."""
    filler = b"8600123456789012 " * 230 + b"and "
    cut_off = filler + b"x" * (4096 - len(filler) - digits - 1) + b" 8600123456789012"
    async with Receiver(answer(400, cut_off)) as shop:
        assert (await sender.send(shop.url())).answer.endswith("xx")


SHOWN = base64.b64encode(SECRET).decode()


@pytest.mark.parametrize("written", [f"whsec_{SHOWN}", SHOWN, SHOWN.rstrip("="), "whsec_an/old+one=", r"whsec_a\/b+c"])
async def test_the_secret_that_a_failing_receiver_shows_is_not_kept(sender, written):
    async with Receiver(answer(500, f'{{"WEBHOOK_SECRET": "{written}", "DEBUG": true}}'.encode())) as shop:
        kept = (await sender.send(shop.url())).answer
    prefix = "whsec_" if written.startswith("whsec_") else ""
    assert kept.replace("=", "") == f'{{"WEBHOOK_SECRET": "{prefix}********", "DEBUG": true}}'


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_packed_answer_is_not_unpacked(sender, encoding):
    bomb = gzip.compress(bytes(50 * 2**20), 1)
    async with Receiver(answer(200, bomb, Content_Encoding=encoding)) as shop:
        attempt = await sender.send(shop.url())
    assert (attempt.outcome.value, attempt.answer) == ("received", sending.PACKED)


async def test_connections_are_pooled_and_each_attempt_has_its_address(sender):
    async with Receiver(answer(200, b"ok")) as shop:
        attempts = [await sender.send(shop.url()) for _ in range(3)]
    assert (shop.connections, [attempt.address for attempt in attempts]) == (1, ["127.0.0.1"] * 3)


async def test_an_answer_of_exactly_what_is_read_leaves_its_connection_in_the_pool(sender):
    async with Receiver(answer(200, b"x" * 4096)) as shop:
        assert [await sender.outcome(shop.url()) for _ in range(3)] == ["received"] * 3
    assert shop.connections <= 3


async def test_many_attempts_at_once_do_not_mix(sender):
    async with Receiver(answer(200)) as one, Receiver(answer(500)) as other:
        urls = [one.url(), other.url()] * 40
        outcomes = await asyncio.gather(*map(sender.outcome, urls))
    assert outcomes == ["received", "refused"] * 40


async def test_cookies_are_not_kept(sender):
    sender.names = Names(shop=[["127.0.0.1"]])
    async with Receiver(answer(204, Set_Cookie="a=b")) as shop:
        await sender.send(shop.url("shop.example"))
        await sender.send(shop.url("shop.example"))
    assert "cookie" not in shop.headers


async def test_an_attempt_that_is_cancelled_ends_its_connection(sender):
    async with Receiver(silence) as shop:
        attempt = asyncio.ensure_future(sender.send(shop.url()))
        while not shop.heads:
            await asyncio.sleep(0.001)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await asyncio.wait_for(shop.hung_up.wait(), 10)


@pytest.mark.parametrize("wrong", [{"secrets": []}, {"correlation_id": "a\r\nb: c"}, {"webhook_id": "evt\n"}])
async def test_what_cannot_be_sent_is_logged_and_sent_to_nobody(sender, wrong, caplog):
    async with Receiver() as shop:
        attempt = await sender.send(shop.url(), **wrong)
    assert (attempt.outcome.value, attempt.note, shop.heads) == ("reset", sending.NOT_SENT, [])
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["webhook not sent"]


async def test_a_sender_that_is_not_open_says_so(sender, caplog):
    made = await sender.opened()
    await made.close()
    assert (await sender.send("http://127.0.0.1:8080/")).note == sending.NOT_SENT


async def test_a_request_that_was_not_answered_is_not_sent_again(sender):
    """aiohttp would do that to a DELETE."""
    async with Receiver(hangs_up()) as shop:
        client = (await sender.opened())._http
        exchange = await client.exchange("DELETE", shop.url(), {}, b"")
    assert (type(exchange.error).__name__, len(shop.heads)) == ("SentTwiceError", 1)
