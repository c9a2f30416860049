"""What the short path leans on in aiohttp beyond its documented face, by name and by shape."""

import inspect
import re

from aiohttp import HttpVersion11, StreamReader, helpers, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import HttpRequestParser

from gateway.http.ready_response import ReadyResponse
from gateway.server.answers import AnsweringConnection
from inbound.short_calls import ShortAnswer, ShortCall
from tests.library_hooks import has_parameters, lean_on

ANSWERS = "gateway/server/answers.py"
SHORT_PATH, SHORT_CALLS = "gateway/http/short_path.py", "inbound/short_calls.py"
READY_RESPONSE = "gateway/http/ready_response.py"

START = inspect.getsource(web.RequestHandler.start)
SAID = {"method": "POST", "path": "/x?y", "version": HttpVersion11, "should_close": False, "upgrade": False}
"""Of a call that is short."""

HANDLE = inspect.getsource(web.RequestHandler._handle_request)


async def answer(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response()


def test_aiohttps_server_makes_requests_as_ours_does():
    made_of = ["self", "message", "payload", "protocol", "writer", "task"]
    has_parameters("aiohttp", lean_on("aiohttp", web.Server, "_make_request", SHORT_PATH), made_of, SHORT_PATH)
    has_parameters("aiohttp", web.Server.__init__, ["self", "handler", "request_factory"], SHORT_PATH)
    application_does = lean_on("aiohttp", web.Application, "_make_request", SHORT_PATH)
    has_parameters("aiohttp", application_does, made_of, SHORT_PATH)


def test_aiohttps_connection_makes_every_call_and_answers_it_where_ours_does():
    assert "self._request_factory(" in START
    assert "request_handler = self._request_handler" in START
    assert "resp = await request_handler(request)" in HANDLE


def test_aiohttp_asks_nothing_else_of_a_call_or_an_answer():
    """Or a call of ours, and a ready response, have to have it."""
    of_calls = set(re.findall(r"(?<!self\.)\brequest\.(\w+)", START + HANDLE))
    of_answers = set(re.findall(r"\bresp\.(\w+)|getattr\(resp, \"(\w+)\"", START + HANDLE))
    assert of_calls == {"_task"}
    assert of_answers == {("keep_alive", ""), ("", "__http_exception__")}
    assert "_task" in ShortCall.__slots__
    assert "keep_alive" in ReadyResponse.__slots__


def test_aiohttp_tells_the_call_when_its_caller_has_gone():
    assert "self._current_request._cancel(exc)" in inspect.getsource(web.RequestHandler.connection_lost)
    has_parameters("aiohttp", web.BaseRequest._cancel, ["self", "exc"], SHORT_CALLS)
    has_parameters("aiohttp", ShortCall._cancel, ["self", "error"], SHORT_CALLS)


def test_aiohttps_connection_finishes_its_answers_where_ours_does():
    theirs = lean_on("aiohttp", web.RequestHandler, "finish_response", ANSWERS)
    has_parameters("aiohttp", theirs, ["self", "request", "resp", "start_time"], ANSWERS)
    assert "finish_response" in vars(AnsweringConnection)
    assert len(re.findall(r"await self\.finish_response\(", HANDLE)) == HANDLE.count("finish_response")


def test_aiohttps_connection_waits_until_its_caller_reads():
    assert inspect.iscoroutinefunction(lean_on("aiohttp", BaseProtocol, "_drain_helper", ANSWERS))
    assert "ClientConnectionResetError" in inspect.getsource(BaseProtocol._drain_helper)


async def test_aiohttps_message_says_what_makes_a_call_short():
    connection = web.Server(answer)()
    parser = HttpRequestParser(connection, connection._loop, 2**16)
    (((message, body),), _, _) = parser.feed_data(b"POST /x?y HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    said = {name: lean_on("aiohttp", message, name, SHORT_CALLS) for name in SAID}
    assert said == SAID
    assert message.headers["host"] == "x"
    assert (body.is_eof(), body.total_bytes, body.exception()) == (True, 2, None)


async def test_aiohttps_body_can_be_fed_what_was_read():
    connection = web.Server(answer)()
    body = StreamReader(connection, 100)
    body.feed_data(b"x" * 50)
    body.feed_eof()
    assert (await body.read(), body.total_bytes, body.is_eof(), body.exception()) == (b"x" * 50, 50, True, None)


def test_a_ready_response_has_aiohttps_date_and_head():
    """That the whole is the same to the byte, `test_short_path.py` shows."""
    assert lean_on("aiohttp", helpers, "rfc822_formatted_time", READY_RESPONSE)().endswith(" GMT")
    head = ReadyResponse(ShortAnswer(b"{}", "application/json"), keep_alive=True).content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert names == [b"Content-Type", b"Content-Length", b"Date", b"Server", b"X-Request-ID"]
