"""What is not HTTP: answered, and logged, without a word of it."""

import asyncio

import pytest

from tests.gateway.server.conftest import HEAD
from tests.log_records import logged
from tests.long_timeouts import WAIT_SECONDS

CREDENTIALS = b"Authorization: Basic UGF5Y29tOnNlY3JldA==\r\n"

NOT_HTTP = [
    pytest.param(b"POST / HTTP/1.1\nHost: x\n" + CREDENTIALS + b"\n", id="bare line feeds"),
    pytest.param(HEAD + CREDENTIALS + b"X: a\0b\r\n\r\nbody", id="NUL"),
    pytest.param(HEAD + CREDENTIALS + b"X: " + b"a" * 9000 + b"\r\n\r\nbody", id="9 KB"),
    pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="two lengths"),
    pytest.param(bytes(range(256)), id="bytes"),
    pytest.param(HEAD.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"\r\nzz\r\n", id="bad chunk"),
]


@pytest.mark.parametrize("sent", NOT_HTTP)
async def test_what_is_not_http_is_answered_without_repeating_it(interface, caplog, sent):
    caplog.set_level("INFO")
    reader, writer = await interface()
    writer.write(sent)
    async with asyncio.timeout(WAIT_SECONDS):
        status, *_, text = (await reader.read()).split(b"\r\n")
    assert (status, text) == (b"HTTP/1.0 400 Bad Request", b"400: this is not HTTP as we take it")
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


LOGGED = ["127.0.0.1"]
BAD_REQUESTS = [
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\0\r\n\r\n", LOGGED, id="NUL in a header"),
    pytest.param(
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Basic c2VjcmV0\r\n\r\n", LOGGED, id="space before a colon"
    ),
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\n\r\n", LOGGED, id="bare line feed"),
    pytest.param(b"c2VjcmV0\r\n\r\n", [], id="a word"),
    pytest.param(b"\x16\x03\x01c2VjcmV0\x01\x00\r\n\r\n", [], id="TLS"),
    pytest.param(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: c2VjcmV0\r\n\r\n", LOGGED, id="lengths"
    ),
]
"""What is sent, and whose address is logged: what begins with no HTTP at all, aiohttp does not report."""


@pytest.mark.parametrize(("sent", "remotes"), BAD_REQUESTS)
async def test_what_is_not_http_is_logged_without_a_word_of_it(gateway, sent, remotes, caplog):
    caplog.set_level("INFO")
    for _ in range(3):
        reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
        writer.write(sent)
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
        writer.close()
    records = logged(caplog.records, "request is not HTTP")
    assert [record["remote"] for record in records] == remotes
    assert "c2VjcmV0" not in caplog.text + repr(records)
