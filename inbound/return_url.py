"""Says which text may be a return URL: where the payer's browser goes after a provider's page."""

import re
from typing import Final
from urllib.parse import urlsplit

RETURN_URL_MAX_CHARACTERS: Final = 2_000

EXAMPLE: Final = "https://shop.example.uz/thanks?order=1001"

_URL_CHARACTERS: Final = re.compile(r"[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=%-]*")
_HOST: Final = re.compile(r"[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\]")


def return_url_problem(text: str) -> str | None:
    """Return what the text must be, and is not; None if it may stand in a link.

    Only what RFC 3986 lets stand in a URL: of anything else browsers and the providers' pages each make their own.
    """
    if len(text) > RETURN_URL_MAX_CHARACTERS:
        return f"must be at most {RETURN_URL_MAX_CHARACTERS} characters long"
    if not _URL_CHARACTERS.fullmatch(text):
        return "must be a URL without spaces and letters beyond ASCII: percent-encode them"
    try:
        url = urlsplit(text)
        port, host = url.port, url.netloc.rpartition("@")[2]
    except ValueError:
        return f"must have a host, and a port from 1 to 65535 or none, such as {EXAMPLE}"
    if url.scheme not in ("http", "https"):
        return f"must begin with https:// or http://, such as {EXAMPLE}"
    if "@" in url.netloc:
        return "must not hold a user or a password: every payer would see them"
    if port == 0 or not _HOST.fullmatch(host.removesuffix(f":{port}")):
        return f"must have a host, and a port from 1 to 65535 or none, such as {EXAMPLE}"
    return None
