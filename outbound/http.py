"""Requests to others are sent here: once, over pooled and verified connections, within bounds of time and size."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import (
    ClientHandlerType,
    ClientMiddlewareType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection

from outbound.addresses import Network
from outbound.dialling import DIAL, Dial, checked_sockets
from outbound.flood import CountedProtocol
from outbound.idle import IdleConnections
from outbound.names import NameResolver

CONNECTIONS_MAX: Final = 64
KEEP_ALIVE_SECONDS: Final = 4
"""Less than the five after which Node.js, Apache and uvicorn hang up: perhaps just when the next event is sent."""

NAMES_KEPT_SECONDS: Final = 10

CONNECT_SECONDS: Final = 5
"""For a name's lookup, its addresses and TLS together."""

EXCHANGE_SECONDS: Final = 15
"""From the lookup to the answer's last byte: much less than a delivery is leased for."""

ANSWER_MAX_BYTES: Final = 4_096
HEADERS_MAX: Final = 64
HEADER_MAX_BYTES: Final = 8_190


class SentTwiceError(Exception):
    """A request would have been sent a second time. aiohttp does that by itself to a DELETE that was not answered."""


@dataclass(slots=True)
class HttpExchange:
    """What came of one request; what is known, however far it came."""

    dial: Dial
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    """The answer's first bytes, as they came: nothing is unpacked."""
    ended: bool = False
    """The answer has come to its end, so its connection is back in the pool."""
    error: Exception | None = None


class HttpClient:
    """One for a process, open from `async with` to its end: no redirects, cookies, proxies or `.netrc`."""

    def __init__(
        self,
        allowed_networks: Sequence[Network],
        ca_file: Path | None,
        user_agent: str,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allowed = tuple(allowed_networks)
        self._tls = tls_context(ca_file)
        self._user_agent = user_agent
        self._resolver = resolver
        self._session: ClientSession | None = None
        self._idle = IdleConnections()

    async def open(self) -> None:
        connector = TCPConnector(
            limit=CONNECTIONS_MAX,
            ssl=self._tls,
            socket_factory=checked_sockets(self._allowed),
            resolver=self._resolver or NameResolver(),
            ttl_dns_cache=NAMES_KEPT_SECONDS,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
        )
        self._session = ClientSession(
            connector=connector,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            cookie_jar=DummyCookieJar(),
            response_class=_Answer,
            timeout=ClientTimeout(total=None, connect=CONNECT_SECONDS),
            trust_env=False,
            auto_decompress=False,
            read_bufsize=ANSWER_MAX_BYTES,
            max_line_size=HEADER_MAX_BYTES,
            max_field_size=HEADER_MAX_BYTES,
            max_headers=HEADERS_MAX,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpExchange:
        """Send it once, and read the beginning of its answer. What goes wrong is in the exchange, and not raised."""
        exchange = HttpExchange(Dial(plain=url.lower().startswith("http:")))
        before = DIAL.set(exchange.dial)
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                await self._send(method, url, headers, body, exchange)
        except Exception as error:
            exchange.error = error
        finally:
            DIAL.reset(before)
            self._end_connection(exchange)
        return exchange

    def _end_connection(self, exchange: HttpExchange) -> None:
        dial = exchange.dial
        if dial.transport is None:
            return
        if exchange.ended and isinstance(dial.reader, CountedProtocol):
            dial.reader.end(dial)
            if not dial.transport.is_closing():
                self._idle.add(dial.reader)
        else:
            dial.transport.abort()

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, exchange: HttpExchange
    ) -> None:
        if self._session is None:
            raise RuntimeError("The client was not opened.")
        response = await self._session.request(
            method, url, data=body, headers=headers, allow_redirects=False, middlewares=(_sent_once(),)
        )
        try:
            exchange.status, exchange.headers = response.status, response.headers
            while room := ANSWER_MAX_BYTES - len(exchange.body):
                part = await response.content.read(room)
                exchange.body += part
                if not part:
                    break
        finally:
            exchange.ended = response.content.is_eof()
            response.close()


class _Answer(ClientResponse):
    """Knows at which address it is given, and counts its bytes, before it has come."""

    async def start(self, connection: Connection) -> ClientResponse:
        if connection.transport is not None:
            dial = DIAL.get()
            dial.connected(connection.transport)
            counted = CountedProtocol.of(connection.transport)
            if counted.has_more:
                raise ServerDisconnectedError
            counted.count(dial)
        return await super().start(connection)


def _sent_once() -> ClientMiddlewareType:
    """Lets one request through, once."""
    sent = False

    async def guard(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
        nonlocal sent
        if sent:
            raise SentTwiceError
        sent = True
        return await send(request)

    return guard


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 and above, verified with the system's authorities and those of the file.

    ValueError, with a sentence, if the file cannot be used.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise ValueError(f"The authorities in {ca_file} cannot be used: {why}. It has to be a PEM file.") from None
    return context
