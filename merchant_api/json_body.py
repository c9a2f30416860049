"""Reads a call's body as JSON; what cannot be read is answered with a Problem that says why."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from inbound.body import BODY_READ_MAX_SECONDS, BodyFailure
from inbound.body import read_body as read_bytes
from inbound.strict_json import JsonError, StrictJson, exact_fraction, exact_whole, unstorable_paths
from merchant_api.errors import REJECTED, TOO_LARGE, TOO_SLOW, UNREADABLE, Problem, ProblemKind, invalid
from merchant_api.wire import FieldError

BODY: Final = web.RequestKey("merchant_api_body", bytes)
"""What was read of the body, for the journal."""

FAILURES: Final[Mapping[BodyFailure, tuple[ProblemKind, str]]] = {
    BodyFailure.TOO_SLOW: (TOO_SLOW, f"The body must come within {BODY_READ_MAX_SECONDS} seconds."),
    BodyFailure.TOO_LARGE: (TOO_LARGE, "The body must be at most 64 KiB."),
    BodyFailure.DAMAGED: (REJECTED, "The body is damaged or broke off."),
}

_JSON: Final = StrictJson(whole=exact_whole, fraction=exact_fraction)


async def read_body(request: web.Request) -> bytes:
    body = await read_bytes(request)
    if body.failure is not None:
        kind, detail = FAILURES[body.failure]
        raise Problem(kind, detail, body_failure=body.failure)
    request[BODY] = body.content
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Problem(UNREADABLE, "The body must not be compressed: send it without Content-Encoding.")
    return body.content


def parse(body: bytes) -> Any:
    """The document; raises Problem: 400 where it cannot be read, 422 where a text of it cannot be stored."""
    try:
        document = _JSON.parse(body)
    except JsonError as error:
        raise Problem(UNREADABLE, str(error)) from None
    field_errors = [
        FieldError(field=path or "body", message="holds NUL or half a character") for path in unstorable_paths(document)
    ]
    if field_errors:
        raise invalid(*field_errors)
    return document
