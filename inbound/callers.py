"""What a door says of callers who have not proven who they are, and what it hears in return."""

from typing import Final, Protocol

from aiohttp import web


class FailedAuthLimiter(Protocol):
    """Keeps count of them. Who has proven who he is is never counted, and never refused for what others did."""

    async def failed(self, interface: str, address: str | None) -> float:
        """Note one more such call. Seconds for which no more of them are told to anybody; 0 where this one is."""

    def outside_allow_list(self, interface: str, shop: str, address: str | None) -> None:
        """Note a call from an address that is not on the shop's list; the log hears of it once in a while."""


NOT_RECORDED: Final = web.RequestKey("untold", bool)
"""Set by a door for a call that neither journal nor log are to hear of."""
