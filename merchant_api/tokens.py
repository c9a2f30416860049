"""Finds the shop that calls by its bearer token."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import hdrs, web

from inbound.callers import accept_caller
from merchant_api.errors import UNAUTHORIZED, Problem

SHOP: Final = web.RequestKey("merchant_api_shop", str)
"""Whose token it was, for the journal."""

_CHALLENGE: Final = 'Bearer realm="tiyin"'


class Tokens:
    """Every shop's tokens, kept only as hashes."""

    def __init__(self, tokens: Mapping[str, Sequence[str]]) -> None:
        self._hashes = [(_hash(token.encode()), shop) for shop, own in tokens.items() for token in own if token]

    def shop_of(self, token: bytes) -> str | None:
        """Compares with every token, in constant time each: how long it takes shows nothing about any of them."""
        received, owner = _hash(token), None
        for known, shop in self._hashes:
            if hmac.compare_digest(known, received):
                owner = shop
        return owner

    def caller(self, request: web.Request) -> str | None:
        """The shop that calls, if it is one."""
        headers = request.headers.getall(hdrs.AUTHORIZATION, [])
        scheme, _, token = (headers[0] if len(headers) == 1 else "").partition(" ")
        return self.shop_of(token.strip().encode("utf-8", "surrogateescape")) if scheme.lower() == "bearer" else None

    def admit(self, request: web.Request) -> str:
        """The shop that calls; raises Problem 401."""
        shop = self.caller(request)
        if shop is None:
            is_invalid = hdrs.AUTHORIZATION in request.headers
            challenge = f'{_CHALLENGE}, error="invalid_token"' if is_invalid else _CHALLENGE
            detail = "Send the shop's token in the header Authorization: Bearer TOKEN."
            raise Problem(UNAUTHORIZED, detail, headers={hdrs.WWW_AUTHENTICATE: challenge})
        request[SHOP] = shop
        accept_caller(request)
        return shop


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
