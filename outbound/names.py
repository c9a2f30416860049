"""The resolver looks each name up in a thread of its own, so that one that is never answered holds up no other.

The event loop's threads are few, and shared with payments, whose database has a name too.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import BoundedSemaphore, Thread
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

LOOKUPS_MAX: Final = 64
"""At once in a process, however many senders it has.

The system ends one after half a minute or so, even if nobody waits for it any more.
"""

FREE_LOOKUPS: Final = BoundedSemaphore(LOOKUPS_MAX)

ADDRESSES_MAX: Final = 4
"""Of each version of IP: aiohttp tries all that are left after each that has failed, and an answer holds thousands."""

Infos = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]]


class NameResolver(AbstractResolver):
    """Asks the system. A process that ends does not wait for its lookups."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if not FREE_LOOKUPS.acquire(blocking=False):
            raise socket.gaierror(socket.EAI_AGAIN, "Too many names are being looked up.")
        found: asyncio.Future[Infos] = asyncio.get_running_loop().create_future()
        thread = Thread(target=_look_up, args=(found, host, port, family), name="name lookup", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            FREE_LOOKUPS.release()
            raise socket.gaierror(socket.EAI_AGAIN, "There is no thread to look up a name in.") from None
        return [_result(host, port, family, address) for family, address in _first(await found)]

    async def close(self) -> None: ...


def _look_up(found: asyncio.Future[Infos], host: str, port: int, family: socket.AddressFamily) -> None:
    infos: Infos = ()
    failure = None
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except Exception as error:
        failure = error
    FREE_LOOKUPS.release()
    with suppress(RuntimeError):  # the loop is closed
        found.get_loop().call_soon_threadsafe(_end, found, infos, failure)


def _end(found: asyncio.Future[Infos], infos: Infos, failure: Exception | None) -> None:
    if found.done():
        return
    if failure is None:
        found.set_result(infos)
    else:
        found.set_exception(failure)


def _first(infos: Infos) -> Iterator[tuple[int, str]]:
    """Some of each version, in the system's order."""
    seen = Counter[int]()
    for family, _, _, _, place in infos:
        seen[family] += 1
        if seen[family] <= ADDRESSES_MAX:
            yield family, str(place[0])


def _result(host: str, port: int, family: int, address: str) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
