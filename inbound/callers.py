"""Checks a caller's address, and counts failed authentication: calls without accepted credentials."""

from typing import Final, Protocol

from aiohttp import web

from inbound.allow_list import AllowList, AllowListMode


class FailedAuthLimiter(Protocol):
    """Limits what is recorded of failed authentication. A call with accepted credentials is never counted."""

    async def failed(self, interface: str, address: str | None) -> float:
        """Count one more such call. Seconds for which no more of them are recorded; 0 where this one is."""

    def pay(self, interface: str, size: int) -> bool:
        """Take a record's bytes from those of the day; False where they are used up, and it is only counted."""

    def outside_allow_list(self, interface: str, shop: str, address: str | None, *, has_key: bool) -> None:
        """Note a call from an address that is not on the shop's list; it is logged once in a while.

        `has_key`: it came with accepted credentials, so it is nobody's flood.
        """


NOT_RECORDED: Final = web.RequestKey("not_recorded", bool)
"""Set for a call that goes neither into the journal nor into the log."""


class ProvableConnection(web.RequestHandler):
    """A connection whose caller is waited for once it has been right."""

    __slots__ = ("is_proven",)

    is_proven: bool

    def prove(self) -> None:
        """Note that a call with accepted credentials has come by it."""
        self.is_proven = True


def accept_caller(request: web.Request) -> None:
    """Note that the call has accepted credentials."""
    connection = request.protocol
    if isinstance(connection, ProvableConnection) and not connection.is_proven:
        connection.prove()


async def count_failed_auth(request: web.Request, limiter: FailedAuthLimiter, interface: str) -> float:
    """Seconds for which the caller's failed authentication is not recorded, beginning with this call; 0: it is."""
    seconds = await limiter.failed(interface, request.remote)
    if seconds:
        request[NOT_RECORDED] = True
    return seconds


def is_allowed(
    allow_list: AllowList,
    address: str | None,
    limiter: FailedAuthLimiter,
    interface: str,
    shop: str,
    *,
    has_key: bool = False,
) -> bool:
    """Whether the shop's list lets the address in; one that is not on the list is noted where the list is in use."""
    if allow_list.mode is AllowListMode.OFF or allow_list.knows(address):
        return True
    limiter.outside_allow_list(interface, shop, address, has_key=has_key)
    return allow_list.mode is not AllowListMode.ENFORCE
