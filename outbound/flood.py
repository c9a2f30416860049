"""A flood is stopped: what an answer takes on the wire is counted, whatever it is made of.

Interim answers and the extensions of chunks are nothing that a reader of the answer ever sees, and may come for ever.
"""

import asyncio
from typing import Final, Self, cast

from aiohttp.client_proto import ResponseHandler

from outbound.dialling import Dial

WIRE_MAX_BYTES: Final = 131_072
"""An answer's head and what is read of its body are less than half of it."""


class CountedProtocol(asyncio.Protocol):
    """Stands between a connection and its protocol, and ends the connection once too much has come.

    What comes while no request waits for an answer is too much already: the next request would take it for its own.
    """

    def __init__(self, protocol: ResponseHandler, transport: asyncio.Transport) -> None:
        self._protocol, self._transport = protocol, transport
        self._dial: Dial | None = None
        self._left = WIRE_MAX_BYTES

    @classmethod
    def of(cls, transport: asyncio.Transport) -> Self:
        """Return the one of this connection; it is put there if need be."""
        protocol = transport.get_protocol()
        if not isinstance(protocol, cls):
            protocol = cls(cast(ResponseHandler, protocol), transport)
            transport.set_protocol(protocol)
        return protocol

    @property
    def has_more(self) -> bool:
        """Whether more has come than the answer that was waited for."""
        return self._protocol.should_close

    def count(self, dial: Dial) -> None:
        """Count the answer to this request."""
        self._dial, self._left = dial, WIRE_MAX_BYTES
        dial.reader = self

    def end(self, dial: Dial) -> None:
        """Let nothing more come, unless the connection is another request's by now."""
        if self._dial is not dial:
            return
        self._dial = None
        if self.has_more:
            self._transport.abort()

    def close_if_idle(self) -> None:
        if self._dial is None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._dial is None:
            self._transport.abort()
            return
        self._left -= len(data)
        if self._left >= 0:
            self._protocol.data_received(data)
        else:
            self._dial.flooded = True
            self._transport.abort()

    def eof_received(self) -> None:
        self._protocol.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()
