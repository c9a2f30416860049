"""What the server leans on in aiohttp, gunicorn and uvloop beyond their documented face, by name and by shape."""

import asyncio
import inspect
from collections import deque
from typing import Any

import pytest
import uvloop
from aiohttp import web, web_protocol, web_response, web_urldispatcher
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.worker import GunicornUVLoopWebWorker, GunicornWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from gateway.server.answers import AnsweringConnection
from gateway.server.bodies import BodyConnection
from gateway.server.connections import Connection
from gateway.server.process import ExitStatus
from gateway.server.runner import Runner
from gateway.server.slices import SlicedConnection
from gateway.server.workers import StandardLogger, Worker, WorkersApplication
from tests.library_hooks import has_parameters, lean_on

BODIES, CONNECTIONS, LISTENER, RUNNER, SLICES, WORKERS = (
    f"gateway/server/{name}.py" for name in ("bodies", "connections", "listener", "runner", "slices", "workers")
)
DEFAULTS = "gateway/http/library_defaults.py"


async def answer(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response()


@pytest.fixture
async def server():
    return web.Server(answer)


class Transport(asyncio.Transport):
    """As much of a transport as a connection looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def abort(self) -> None: ...


@pytest.fixture
async def connection(server):
    """One of aiohttp's own, as it is before its first request."""
    connection = server()
    connection.connection_made(Transport())
    yield connection
    connection.force_close()
    connection.connection_lost(None)
    await asyncio.sleep(0)


FRESH = {
    "_request_count": 0,
    "_messages": deque(),
    "_close": False,
    "_force_close": False,
    "_upgraded": False,
}


@pytest.mark.parametrize("name", FRESH)
async def test_aiohttps_connection_has_what_ours_looks_at(connection, name):
    value = lean_on("aiohttp", connection, name, CONNECTIONS)
    assert (type(value), value) == (type(FRESH[name]), FRESH[name])


async def test_aiohttps_connection_waits_for_a_request_with_a_future(connection):
    await asyncio.sleep(0)
    assert isinstance(lean_on("aiohttp", connection, "_waiter", CONNECTIONS), asyncio.Future)


async def test_aiohttps_connection_counts_the_heads_that_it_has_read(connection):
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection._request_count == 1


async def test_aiohttps_parser_takes_bytes_and_gives_messages_and_a_rest(connection):
    parser = lean_on("aiohttp", connection, "_parser", CONNECTIONS)
    messages, upgraded, rest = lean_on("aiohttp", parser, "feed_data", CONNECTIONS)(
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert ([message.method for message, _ in messages], bool(upgraded), rest) == (["GET"], False, b"")


async def test_aiohttps_body_counts_what_it_has_been_fed(connection):
    connection.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    ((_, body),) = connection._messages
    lean_on("aiohttp", body, "feed_data", BODIES)(b"yz")
    assert (lean_on("aiohttp", body, "total_bytes", BODIES), body.is_eof()) == (3, False)


@pytest.mark.parametrize("name", ["_buffer_paused", "_reading_paused"])
async def test_aiohttps_connection_knows_whether_it_has_enough(connection, name):
    assert lean_on("aiohttp", connection, name, SLICES) is False


async def test_aiohttps_parser_raises_what_we_know_as_no_http(connection):
    with pytest.raises(HttpProcessingError):
        connection._parser.feed_data(b"no http at all\r\n\r\n")


async def test_aiohttps_connection_keeps_what_it_has_read_and_what_it_could_not(connection):
    connection.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
    (_, body) = connection._messages[-1]
    assert not body.is_eof()
    connection.data_received(b"bodyno http at all\r\n\r\n")
    assert body.is_eof()
    (error, nothing) = connection._messages[-1]
    assert isinstance(error, lean_on("aiohttp", web_protocol, "_ErrInfo", BODIES))
    assert isinstance(error.exc, HttpProcessingError)
    assert nothing is EMPTY_PAYLOAD


async def test_a_call_that_aiohttp_has_read_can_be_made_the_last(connection):
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    ((message, _),) = connection._messages
    assert not message.should_close
    assert lean_on("aiohttp", message, "_replace", BODIES)(should_close=True).should_close


async def test_aiohttps_parser_is_made_as_ours_is_and_stops_at_a_number_of_calls(server, monkeypatch):
    connection = server()
    options = {"max_line_size": 8190, "max_field_size": 8190, "max_headers": 64, "auto_decompress": False}
    parser = HttpRequestParser(
        connection, connection._loop, 2**16, payload_exception=web.RequestPayloadError, max_msg_queue_size=2, **options
    )
    messages, _, _ = parser.feed_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
    assert len(messages) == 2
    for name in ("max_line_size", "max_field_size", "max_headers", "_read_bufsize", "_max_msg_queue_size"):
        lean_on("aiohttp", connection, name, CONNECTIONS)


async def test_aiohttps_connection_knows_its_loop(connection):
    assert lean_on("aiohttp", connection, "_loop", CONNECTIONS) is asyncio.get_running_loop()


async def test_aiohttps_connection_drops_what_comes_after_a_stop(connection):
    """The reason why ours feeds it to the parser."""
    connection.close()
    assert connection._close
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection._request_count == 0


OVERRIDDEN = {
    "eof_received": ["self"],
    "resume_reading": ["self", "resume_parser"],
    "_resume_transport_reading": ["self"],
    "connection_made": ["self", "transport"],
    "data_received": ["self", "data"],
    "connection_lost": ["self", "exc"],
    "pause_writing": ["self"],
    "resume_writing": ["self"],
    "handle_error": ["self", "request", "status", "exc", "message"],
    "log_exception": ["self"],
}


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_what_our_connection_overrides_is_still_there(name):
    has_parameters("aiohttp", lean_on("aiohttp", web.RequestHandler, name, CONNECTIONS), OVERRIDDEN[name], CONNECTIONS)
    assert name in vars(Connection) | vars(BodyConnection) | vars(SlicedConnection) | vars(AnsweringConnection)


@pytest.mark.parametrize("name", ["force_close", "peername", "_pause_transport_reading"])
def test_what_our_connection_calls_is_still_there(name):
    lean_on("aiohttp", web.RequestHandler, name, CONNECTIONS)
    assert name not in vars(Connection)


@pytest.mark.parametrize(
    ("module", "name", "looked_up_in"),
    [
        (web_response, "SERVER_SOFTWARE", web.StreamResponse._prepare_headers),
        (web_urldispatcher, "_default_expect_handler", web_urldispatcher.AbstractRoute.__init__),
    ],
)
def test_aiohttp_looks_up_its_own_answers_where_ours_replace_them(module, name, looked_up_in):
    lean_on("aiohttp", module, name, DEFAULTS)
    assert name in inspect.getsource(looked_up_in), f"aiohttp looks {name} up elsewhere: {DEFAULTS} leans on it"


@pytest.mark.parametrize("name", ["_kwargs", "_loop", "request_handler", "request_factory", "handler_cancellation"])
async def test_aiohttps_server_has_what_ours_is_made_of(server, name):
    lean_on("aiohttp", server, name, RUNNER)


async def test_aiohttps_server_hands_its_options_to_connections():
    has_parameters("aiohttp", web.Server.__init__, ["self", "handler"], RUNNER)
    server = web.Server(answer, keepalive_timeout=7.0)
    assert server._kwargs == {"keepalive_timeout": 7.0}
    assert server().keepalive_timeout == 7.0


def test_aiohttps_runner_makes_its_server_where_ours_does():
    assert inspect.iscoroutinefunction(lean_on("aiohttp", web.AppRunner, "_make_server", RUNNER))
    assert "_make_server" in vars(Runner)


async def test_our_runner_makes_our_connections():
    runner = Runner(web.Application(), 1)
    await runner.setup()
    assert runner.server is not None
    connection = runner.server()
    assert isinstance(connection, Connection)
    assert connection.keepalive_timeout == 620
    await runner.cleanup()


def test_aiohttps_site_knows_its_runner():
    assert "_runner" in web.BaseSite.__slots__, f"aiohttp: web.BaseSite._runner is gone: {LISTENER} leans on it"
    for name in ("start", "stop"):
        assert inspect.iscoroutinefunction(lean_on("aiohttp", web.BaseSite, name, LISTENER))


@pytest.mark.parametrize("base", [GunicornWebWorker, GunicornUVLoopWebWorker])
@pytest.mark.parametrize("name", ["init_process", "load_wsgi", "handle_exit", "handle_quit"])
def test_what_our_worker_overrides_is_still_there(base, name):
    has_parameters("aiohttp", lean_on("aiohttp", base, name, WORKERS), ["self"], WORKERS)
    assert name in vars(Worker)


def test_aiohttps_worker_can_be_woken():
    lean_on("aiohttp", GunicornWebWorker, "_notify_waiter_done", WORKERS)


@pytest.mark.parametrize("name", ["self.wsgi()", "isinstance(wsgi, web.AppRunner)", "self.sockets", "self.alive"])
def test_aiohttps_worker_runs_the_runner_that_we_build_on_the_sockets_that_we_leave_it(name):
    source = inspect.getsource(lean_on("aiohttp", GunicornWebWorker, "_run", WORKERS))
    assert name in source, f"aiohttp's worker does not use {name} any more: {WORKERS} leans on it"
    assert source.index("self.wsgi()") < source.index("self.sockets")


def test_gunicorns_worker_says_whether_it_has_booted():
    source = inspect.getsource(GunicornWebWorker._run)
    assert "self.booted = True" in source, f"aiohttp's worker says nothing about its boot: {WORKERS} leans on it"


def test_gunicorn_gives_up_at_the_status_of_a_worker_that_could_not_start():
    assert lean_on("gunicorn", Arbiter, "WORKER_BOOT_ERROR", WORKERS) == ExitStatus.BOOT_FAILED


OPTIONS = (
    *("bind", "backlog", "workers", "worker_class", "logger_class", "loglevel", "graceful_timeout", "timeout"),
    *("control_socket_disable", "when_ready", "child_exit"),
)


@pytest.mark.parametrize("name", OPTIONS)
def test_gunicorn_has_the_settings_that_we_make(name):
    assert name in Config().settings, f"gunicorn has no setting {name} any more: {WORKERS} leans on it"


def test_gunicorns_application_and_logger_are_made_as_ours_are():
    for name in ("load_config", "load", "run"):
        lean_on("gunicorn", BaseApplication, name, WORKERS)
    assert {"load_config", "load"} <= set(vars(WorkersApplication))
    has_parameters("gunicorn", Logger.setup, ["self", "cfg"], WORKERS)
    logger = StandardLogger(Config())
    assert (logger.error_log.handlers, logger.access_log.handlers) == ([], [])


def test_uvloop_makes_a_loop_of_its_own():
    loop = lean_on("uvloop", uvloop, "new_event_loop", "gateway/server/process.py")()
    for name in ("add_reader", "remove_reader", "connect_accepted_socket", "add_signal_handler"):
        lean_on("uvloop", loop, name, LISTENER)
    loop.close()
