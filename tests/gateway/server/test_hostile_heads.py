"""What anybody may put into a head: credentials that are no text, and lines of a log that it forges."""

import asyncio
import base64
import json

import pytest

from gateway.observability import logs
from merchant_api.tokens import Tokens
from tests.conftest import SETTINGS

BASIC = base64.b64encode(f"Paycom:{SETTINGS['PAYME_KEY']}".encode())
TOKEN = SETTINGS["API_TOKEN"].encode()

PAYME = b"POST /payment/callback/payme HTTP/1.1\r\nContent-Length: 2\r\n%s\r\n{}"
API = b"GET /api/v1/orders HTTP/1.1\r\n%s\r\n"


@pytest.fixture
def sent(gateway):
    """One request as it is; what comes back: the status, and the body."""

    async def send(request: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
        writer.write(request.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", 1))
        async with asyncio.timeout(20):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        return int(head.split()[1]), body

    return send


WRONG = [
    pytest.param(b"Basic \xff\xfe\xfd", b"Bearer \xff\xfe\xfd", id="not UTF-8"),
    pytest.param(b"\xff\xfe %s" % BASIC, b"\xff\xfe %s" % TOKEN, id="a scheme that is not UTF-8"),
    pytest.param(b"Basic %s\xff" % BASIC, b"Bearer %s\xff" % TOKEN, id="one byte more"),
    pytest.param(b"Basic %s%s" % (BASIC, BASIC), b"Bearer %s%s" % (TOKEN, TOKEN), id="twice in one"),
    pytest.param(b"Basic %s, Basic %s" % (BASIC, BASIC), b"Bearer %s, Bearer %s" % (TOKEN, TOKEN), id="a list"),
    pytest.param(b"Basic " + b"A" * 7_000, b"Bearer " + b"A" * 7_000, id="very long"),
    pytest.param(b"Basic\t" + BASIC, b"Bearer\t" + TOKEN, id="a tab"),
    pytest.param(b"Basic ====", b"Bearer ====", id="padding"),
]


@pytest.mark.parametrize(("basic", "bearer"), WRONG)
async def test_credentials_that_are_almost_right_or_no_text_at_all(sent, basic, bearer):
    status, body = await sent(PAYME % (b"Authorization: %s\r\n" % basic))
    assert (status, json.loads(body)["error"]["code"]) == (200, -32504)
    assert (await sent(API % (b"Authorization: %s\r\n" % bearer)))[0] == 401


@pytest.mark.parametrize("second", [b"Basic %s" % BASIC, b"Basic x", b"", b"Bearer %s" % TOKEN])
async def test_a_second_header_spoils_the_first(sent, second):
    twice = b"Authorization: %s\r\nAuthorization: " + second + b"\r\n"
    status, body = await sent(PAYME % (twice % (b"Basic %s" % BASIC)))
    assert (status, json.loads(body)["error"]["code"]) == (200, -32504)
    assert (await sent(API % (twice % (b"Bearer %s" % TOKEN))))[0] == 401


async def test_the_right_ones_are_taken_as_raw_bytes_too(sent):
    status, body = await sent(PAYME % (b"Authorization: Basic %s\r\n" % BASIC))
    assert (status, json.loads(body)["error"]["code"]) == (200, -32600)
    assert (await sent(API % (b"Authorization: Bearer %s\r\n" % TOKEN)))[0] == 200


def test_an_empty_token_opens_nothing():
    tokens = Tokens({"main": ("",)})
    assert tokens.shop_of(b"") is None


def posted(interface: str, body: bytes) -> bytes:
    return b"POST /payment/callback/%s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (interface.encode(), len(body), body)


METHOD = json.dumps({"method": 'a\n{"forged":true}\n', "params": {}}).encode()
FORGED = b'{"event":"call","interface":"payme","code":"0","forged":true}'
INJECTIONS = [
    pytest.param(b"GET /%%0a%s HTTP/1.1\r\n\r\n" % FORGED.replace(b'"', b"%22"), id="a line in a path"),
    pytest.param(b"GET /%0d%0a%1b%5b2J%e2%80%ae HTTP/1.1\r\n\r\n", id="control characters in a path"),
    pytest.param(b"FORGED/%s /x HTTP/1.1\r\n\r\n" % FORGED.replace(b'"', b"'"), id="a method"),
    pytest.param(b"GET /x HTTP/1.1\r\nX-Request-ID: %s\r\n\r\n" % FORGED, id="an id"),
    pytest.param(b"GET /x HTTP/1.1\r\nX-Request-ID: 12345678\r\n %s\r\n\r\n" % FORGED, id="an id over two lines"),
    pytest.param(b"GET /x HTTP/1.1\r\nX-Forwarded-For: %s\r\n\r\n" % FORGED, id="an address"),
    pytest.param(b"GET /x HTTP/1.1\r\n%s: x\r\n\r\n" % FORGED, id="a header's name"),
    pytest.param(posted("payme", FORGED), id="a body"),
    pytest.param(posted("payme", METHOD), id="a method of Payme's"),
    pytest.param(posted("click", b"action=%0a%7b%22forged%22%3atrue%7d"), id="an action of Click's"),
]


@pytest.mark.settings(TRUSTED_PROXIES="127.0.0.0/8")
@pytest.mark.parametrize("request_", INJECTIONS)
async def test_whatever_is_sent_an_event_stays_one_line(sent, request_):
    written = bytearray()
    logs.configure("debug", out=written.extend)
    await sent(request_)
    await sent(PAYME % b"")
    logs.close()
    lines = [json.loads(line) for line in written.splitlines()]
    assert lines[-1]["interface"] == "payme"
    assert written.count(b"\n") == len(lines)
    assert not [line for line in lines if "forged" in line]
    assert not set(range(32)) - {10} & set(written)
