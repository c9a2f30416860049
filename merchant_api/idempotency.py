"""Reads the Idempotency-Key, and makes the fingerprint of the request that it came with."""

import hashlib
import json
import re
from typing import Any, Final

from aiohttp import web

from merchant_api.errors import invalid_field

HEADER: Final = "Idempotency-Key"

_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


def read_key(request: web.Request) -> str | None:
    keys = request.headers.getall(HEADER, [])
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise invalid_field(HEADER, "must be one header of 1-255 printable ASCII characters")
    return keys[0]


def fingerprint(method: str, path: str, document: Any) -> str:
    """Of the request's content: the same for another order of fields and another spacing."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).hexdigest()
