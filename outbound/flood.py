"""A flood is stopped: what an answer takes on the wire is counted, whatever it is made of.

Interim answers and the extensions of chunks are nothing that a reader of the answer ever sees, and may come for ever.
"""

import asyncio
from typing import Final, cast

from outbound.dialling import Dial

WIRE_MAX_BYTES: Final = 131_072
"""An answer's head and what is read of its body are less than half of it."""


class CountedProtocol(asyncio.Protocol):
    """Stands between a connection and its protocol, and ends the connection once too much has come."""

    def __init__(self, protocol: asyncio.Protocol, transport: asyncio.Transport) -> None:
        self._protocol, self._transport = protocol, transport
        self._dial: Dial | None = None
        self._left = WIRE_MAX_BYTES

    def restart(self, dial: Dial) -> None:
        self._dial, self._left = dial, WIRE_MAX_BYTES

    @classmethod
    def count(cls, transport: asyncio.Transport, dial: Dial) -> None:
        """Begin to count for this request."""
        protocol = transport.get_protocol()
        if not isinstance(protocol, cls):
            protocol = cls(cast(asyncio.Protocol, protocol), transport)
            transport.set_protocol(protocol)
        protocol.restart(dial)

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left >= 0:
            self._protocol.data_received(data)
        elif self._dial is not None:
            self._dial.flooded = True
            self._transport.abort()

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()
