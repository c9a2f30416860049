"""Checks Payme's Basic credentials, read as bytes and compared in constant time (Payme, "Authentication")."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from payme_rpc.cash_box import CashBox


def shop_of(box: CashBox, headers: Sequence[str]) -> str | None:
    """Whose orders the credentials open: the shop's, its test mode's, or None if they are not the cash box's.

    headers: every Authorization header that came; two of them are refused.
    """
    if len(headers) != 1:
        return None
    credentials, opened = _credentials(headers[0]), None
    for accepted, shop in box.accepted:  # all of them: how long it takes shows nothing
        if hmac.compare_digest(credentials, accepted):
            opened = shop
    return opened


def _credentials(header: str) -> bytes:
    """`login:key` out of `Basic …`; nothing if it cannot be read."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip().encode(errors="surrogateescape"), validate=True)
    except binascii.Error:
        return b""
