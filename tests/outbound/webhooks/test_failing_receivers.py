"""Receivers that fail, stall or never end: each attempt is bounded in time and in memory, and says what happened."""

import asyncio
import builtins
import inspect
import socket
import ssl

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions

from outbound import http
from outbound.dialling import AddressRefusedError, Dial
from outbound.http import HttpExchange, SentTwiceError
from outbound.webhooks.outcomes import note_of, outcome_of, outcome_of_error
from schema.webhooks import DOWN
from tests.outbound.conftest import Names
from tests.outbound.receiver import Receiver, answer, endless, hangs_up, silence
from tests.ports import unused_port

OK = b"HTTP/1.1 200 OK\r\n"
NO_HTTP = "What it answered is no HTTP, or its headers are too long."
NOT_MUCH = 8 * 2**20
"""What the buffers of two sockets may take, and more."""


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
STALLS = {
    "silent": (silence, "timeout", None),
    "heads": (endless(b"", OK, 0.1), "reset", None),
    "headers": (endless(OK, b"x: y\r\n", 0.1), "timeout", None),
    "interim": (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01), "timeout", None),
    "body": (endless(OK + b"Content-Length: 1000000\r\n\r\n", b".", 0.02), "timeout", 200),
    "chunks": (endless(CHUNKED, b"1\r\n.\r\n", 0.02), "timeout", 200),
    "extension": (endless(CHUNKED + b"1;", b"x" * 100, 0.02), "timeout", 200),
    "refusal": (endless(b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b".", 0.02), "refused", 500),
    "gone": (endless(b"HTTP/1.1 410 Gone\r\nContent-Length: 100000\r\n\r\n", b".", 0.02), "gone", 410),
    "another protocol": (answer(101, Upgrade="websocket", Connection="Upgrade"), "refused", 101),
}
"""What is never whole; a refusal counts once its status has come, a 2xx only with its end."""


async def test_answers_that_do_not_end_in_time_are_no_receipts(sender, monkeypatch):
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 2)

    async def attempt(says):
        async with Receiver(says) as shop:
            made = await asyncio.wait_for(sender.send(shop.url()), 20)
            await asyncio.wait_for(shop.hung_up.wait(), 20)
        return made.outcome.value, made.status

    attempts = await asyncio.gather(*(attempt(says) for says, _, _ in STALLS.values()))
    assert dict(zip(STALLS, attempts, strict=True)) == {
        name: (word, status) for name, (_, word, status) in STALLS.items()
    }


@pytest.fixture
def short_dial(monkeypatch):
    """Gives up a connection after a moment: what is tested here never comes, however long one waits."""
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.2)


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (endless(OK + b"\r\n", b"x" * 65_536), "received"),
        (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"), "received"),
        (endless(OK, b"x: " + b"y" * 4_000 + b"\r\n"), "reset"),
        (endless(OK + b"x: ", b"y" * 65_536), "reset"),
        (endless(b"HTTP/1.1 200 ", b"O" * 65_536), "reset"),
        (endless(b"", b"x" * 65_536), "reset"),
        (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000), "reset"),
        (endless(CHUNKED + b"1;", b"x" * 65_536), "reset"),
    ],
    ids=["body", "chunks", "headers", "header", "reason", "no HTTP", "interim", "extension"],
)
async def test_an_answer_without_end_is_cut_off_after_a_few_kibibytes(sender, says, outcome):
    async with Receiver(says) as shop:
        attempt = await sender.send(shop.url())
        await asyncio.wait_for(shop.hung_up.wait(), 10)
    assert (attempt.outcome.value, shop.written < NOT_MUCH) == (outcome, True)
    assert len(attempt.answer or "") <= 2_048


async def test_what_never_becomes_an_answer_is_said_to_have_no_end(sender):
    async with Receiver(endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000)) as shop:
        attempt = await sender.send(shop.url())
    assert attempt.note == "It answered without an end, and was cut off."


async def test_each_answer_on_a_connection_is_counted_anew(sender):
    async with Receiver(answer(200, b"x" * 4_000, **{"x-filler": "y" * 8_000})) as shop:
        assert [await sender.outcome(shop.url()) for _ in range(20)] == ["received"] * 20
    assert shop.connections == 1


async def test_a_connection_that_was_cut_off_is_not_used_again(sender):
    async with Receiver(endless(OK + b"\r\n", b"x" * 65_536)) as shop:
        assert [await sender.outcome(shop.url()) for _ in range(2)] == ["received"] * 2
    assert shop.connections == 2


@pytest.mark.parametrize(
    ("says", "status", "note"),
    [
        (hangs_up(), None, "The connection ended before an answer had come."),
        (hangs_up(reset=True), None, "The connection ended before an answer had come."),
        (hangs_up(OK), None, "The connection ended before an answer had come."),
        (hangs_up(OK + b"Content-Length: 5\r\n\r\nab"), 200, "The connection ended before the whole answer had come."),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", None, NO_HTTP),
        (b"HTTP/1.1 2000 OK\r\n\r\n", None, NO_HTTP),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            None,
            "What it answered is no HTTP, or its headers are too long.",
        ),
    ],
    ids=["closed", "reset", "in the head", "in the body", "ssh", "status", "length"],
)
async def test_what_is_no_answer_is_a_reset(sender, says, status, note):
    async with Receiver(says) as shop:
        attempt = await sender.send(shop.url())
    assert (attempt.outcome.value, attempt.status, attempt.note, len(shop.heads)) == ("reset", status, note, 1)


async def test_where_nobody_listens_nothing_is_connected_to(sender):
    attempt = await sender.send(f"http://127.0.0.1:{unused_port()}/")
    assert (attempt.outcome.value, attempt.address) == ("connect", "127.0.0.1")
    assert attempt.note.startswith("It cannot be connected to: ")


async def test_tls_that_is_never_agreed_on_ends_in_time(sender, short_dial):
    async with Receiver(silence) as shop:
        attempt = await sender.send(shop.url().replace("http:", "https:"))
    assert (attempt.outcome.value, attempt.note) == ("connect", "No connection came about within 5 seconds.")


async def test_a_name_that_nobody_has_is_not_found(sender):
    sender.names = Names()
    attempt = await sender.send("https://shop.example/")
    assert (attempt.outcome.value, attempt.note) == ("name", "The name of its host was not found.")


async def test_a_lookup_that_never_ends_is_waited_for_no_longer_than_for_a_connection(sender, short_dial):
    class Silent(Names):
        async def resolve(self, *_, **__):
            await asyncio.Event().wait()

    sender.names = Silent()
    assert await asyncio.wait_for(sender.outcome("https://shop.example/"), 10) == "connect"


async def test_those_that_stall_do_not_hold_up_the_others(sender):
    async with Receiver(silence) as stalls, Receiver(answer(204)) as shop:
        stalled = [asyncio.ensure_future(sender.send(stalls.url())) for _ in range(8)]
        assert [await sender.outcome(shop.url()) for _ in range(20)] == ["received"] * 20
        assert not any(attempt.done() for attempt in stalled)
        for attempt in stalled:
            attempt.cancel()


def errors_of(module, base=Exception):
    named = inspect.getmembers(module, inspect.isclass)
    return {kind for name, kind in named if issubclass(kind, base) and not name.startswith("_")}


OURS = {AddressRefusedError, SentTwiceError}
OF_ASYNCIO = {asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError}
ERRORS = sorted(
    {
        *errors_of(client_exceptions, aiohttp.ClientError),
        *errors_of(http_exceptions),
        *errors_of(ssl),
        *errors_of(socket),
        *errors_of(builtins, OSError),
        *errors_of(builtins, UnicodeError),
        *OF_ASYNCIO,
        *OURS,
    },
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_whatever_can_be_raised_on_the_way_is_an_outcome(kind):
    outcome = outcome_of_error(kind.__new__(kind))
    assert outcome in DOWN
    assert note_of(HttpExchange(Dial(plain=False)), outcome).endswith(".")


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (aiohttp.ClientConnectorDNSError, "name"),
        (aiohttp.ClientConnectorCertificateError, "tls"),
        (aiohttp.ClientConnectorSSLError, "tls"),
        (aiohttp.ConnectionTimeoutError, "connect"),
        (aiohttp.ClientConnectorError, "connect"),
        (aiohttp.SocketTimeoutError, "timeout"),
        (TimeoutError, "timeout"),
        (aiohttp.ServerDisconnectedError, "reset"),
        (aiohttp.ClientPayloadError, "reset"),
        (aiohttp.InvalidURL, "address"),
    ],
)
def test_what_is_more_special_comes_first(kind, outcome):
    assert outcome_of_error(kind.__new__(kind)).value == outcome


def test_a_bug_of_ours_is_no_outcome():
    assert outcome_of(HttpExchange(Dial(plain=False), error=KeyError())) is None
