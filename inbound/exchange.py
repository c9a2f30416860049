"""What a door tells of one call that it answered, for the journal, the metrics and the log."""

from typing import Final, NamedTuple

from aiohttp import web

SECRET: Final = "***"  # noqa: S105 - the opposite of one
"""What stands in the place of a secret."""


class Exchange(NamedTuple):
    """One answered call. Time, duration, remote address and correlation id are added by whoever keeps it."""

    interface: str
    """payme, click or api."""
    shop: str | None
    method: str
    """The protocol's own name of what was asked, or what the caller sent in its place, cut short."""
    code: str
    """The answer's code in the protocol's own numbers; "0" is success."""
    refusal: str | None
    """The core's word for it, if it refused."""
    request: str
    """The body as text, secrets masked, cut to 8 KiB."""
    answer: str
    """The same of the answer."""


EXCHANGE: Final = web.RequestKey("exchange", Exchange)
"""Where a door leaves it: `request[EXCHANGE] = Exchange(…)`."""
