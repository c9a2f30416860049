"""What a call brings: its body, the account in its path, its idempotency key."""

import asyncio
import hashlib
import json
import re
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from aiohttp import hdrs, web

from core import Refusal
from merchant_api.errors import PROBLEMS, REJECTED, TOO_LARGE, TOO_SLOW, UNREADABLE, Problem, invalid_field
from merchant_api.wire_fields import is_account

BODY: Final = web.RequestKey("merchant_api_body", bytes)
"""What was read of the body, for the journal."""

ORDERS: Final = "/api/v1/orders"
READ_SECONDS: Final = 10

_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


async def read_body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise Problem(TOO_SLOW, f"The body must come within {READ_SECONDS} seconds.", hangs_up=True) from None
    except web.HTTPRequestEntityTooLarge:
        raise Problem(TOO_LARGE, "The body must be at most 64 KiB.") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Problem(REJECTED, "The body is damaged or broke off.", hangs_up=True) from None
    request[BODY] = body
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Problem(UNREADABLE, "The body must not be compressed: send it without Content-Encoding.")
    return body


def read_account(request: web.Request) -> str:
    """The path's account, decoded from the path as it was sent: `%2F` in it is a slash, `%2E` a dot.

    What no account can be is answered like an account that nobody has.
    """
    segment = request.rel_url.raw_path.removeprefix(f"{ORDERS}/").split("/")[0]
    try:
        account = unquote_to_bytes(segment).decode()
    except UnicodeError:
        account = ""
    if not is_account(account):
        raise Problem(PROBLEMS[Refusal.ORDER_NOT_FOUND])
    return account


def path_of(account: str) -> str:
    """An order's path. Dots are escaped too where they alone would be taken for directories."""
    segment = quote(account, safe="")
    return f"{ORDERS}/{segment.replace('.', '%2E') if account in ('.', '..') else segment}"


def read_key(request: web.Request) -> str | None:
    keys = request.headers.getall("Idempotency-Key", [])
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise invalid_field("Idempotency-Key", "must be one header of 1-255 printable ASCII characters")
    return keys[0]


def fingerprint(path: str, document: Any) -> str:
    """Of what was asked: of the same content in another order or spacing too."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(f"POST {path}\n{canonical}".encode()).hexdigest()
