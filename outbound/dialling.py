"""Sockets are made here for the addresses that may be dialled, and for no other.

The address is judged when its socket is made, as the name's lookup has given it: there is no second lookup that could
answer differently, and a pooled connection stays with the address that was judged.
"""

import errno
import socket
from asyncio import Protocol, Transport
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from outbound.addresses import Network, dial_refusal

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


RECEIVED_AHEAD_BYTES: Final = 16_384
"""What the system takes of an answer before we ask for it: a flood comes in small pieces, and others have turns."""


class AddressRefusedError(OSError):
    """An address may not be dialled. An OSError, so that the other addresses of the name are tried."""

    def __init__(self, sentence: str) -> None:
        super().__init__(errno.EACCES, sentence)
        self.sentence = sentence


@dataclass(slots=True)
class Dial:
    """What comes of dialling for one request."""

    plain: bool
    """Without TLS."""
    address: str | None = None
    """The IP address dialled last, or the one at the other end of a pooled connection."""
    refused: str | None = None
    """The sentence for the last address that was not dialled."""
    transport: Transport | None = None
    reader: Protocol | None = None
    """What the answer on the connection comes to."""
    flooded: bool = False
    """More came than any answer needs, and the connection was ended."""

    def connected(self, transport: Transport) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else self.address


DIAL: Final[ContextVar[Dial]] = ContextVar("dial")
"""Of the request that is being sent; aiohttp makes its sockets in the request's own context."""


def checked_sockets(allowed: Sequence[Network]) -> Callable[[AddressInfo], socket.socket]:
    """For aiohttp's `TCPConnector`: makes the socket, or raises `AddressRefusedError`."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, place = info
        dial = DIAL.get()
        if why := dial_refusal(str(place[0]), int(place[1]), dial.plain, allowed):
            dial.refused = why
            raise AddressRefusedError(why)
        dial.address = str(place[0])
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_AHEAD_BYTES)
        return made

    return make
