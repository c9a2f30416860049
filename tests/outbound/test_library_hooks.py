"""What the sender leans on in aiohttp beyond its documented face."""

import inspect

from aiohttp import ClientResponse, ClientSession, TCPConnector
from aiohttp.client_proto import ResponseHandler

from tests.library_hooks import has_parameters, lean_on


def test_an_answer_knows_its_connection_before_it_has_come():
    start = lean_on("aiohttp", ClientResponse, "start", "outbound/http.py")
    has_parameters("aiohttp", start, ["self", "connection"], "outbound/http.py")


def test_a_connector_asks_for_its_sockets_and_a_session_bounds_its_answers():
    assert "socket_factory" in inspect.signature(TCPConnector).parameters
    asked = {"response_class", "read_bufsize", "max_line_size", "max_field_size", "max_headers", "auto_decompress"}
    assert asked <= set(inspect.signature(ClientSession).parameters)


def test_a_connection_knows_that_more_has_come_than_was_read():
    lean_on("aiohttp", ResponseHandler, "should_close", "outbound/flood.py")
