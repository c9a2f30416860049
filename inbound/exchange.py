"""An exchange is what an interface reports of one call that it answered, for the journal, the metrics and the log."""

from typing import Final, NamedTuple

from aiohttp import web

SECRET: Final = "***"  # noqa: S105 - the opposite of one
"""What stands in the place of a secret."""

KEPT_MAX_LENGTH: Final = 8 * 1024
"""Of a request and of an answer: bytes where it comes as bytes, characters where it comes as text. Of a call without
accepted credentials the gateway keeps much less."""

TEXT_MAX_LENGTH: Final = KEPT_MAX_LENGTH + 256
"""So much is reported, because a card's number that is cut in two can't be recognised: the gateway masks, then cuts."""


class About(NamedTuple):
    """Which order and which payment a call is about, as far as the call says it."""

    account: str | None = None
    external_id: str | None = None
    """What the provider calls the payment."""


class Exchange(NamedTuple):
    """One answered call. The gateway adds time, duration, remote address and correlation id."""

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
    """The body as text, secrets masked, cut to TEXT_MAX_LENGTH."""
    answer: str
    """The same of the answer."""
    is_refused_payment: bool = False
    """Its provider had taken the payer's money, or was about to, and was not answered that the order is paid."""
    about: About = About()
    """Said of refused calls, too, and of those that were not let in."""
    failed_auth: bool = False
    """Nothing shows that it was the provider or the shop who called: what is kept of it is bounded."""


EXCHANGE: Final = web.RequestKey("exchange", Exchange)
"""Where an interface leaves it: `request[EXCHANGE] = Exchange(…)`."""


def exchange_text(content: bytes | str) -> str:
    """A request or an answer as it is reported: cut before it is decoded, so that no more is decoded than that."""
    kept = content[:TEXT_MAX_LENGTH]
    return kept if isinstance(kept, str) else kept.decode(errors="replace")
