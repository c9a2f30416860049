"""Checks Payme's Basic credentials, read as bytes and compared in constant time (Payme, "Authentication")."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from payme_rpc.cash_box import CashBox


def is_payme(box: CashBox, headers: Sequence[str]) -> bool:
    """Whether the credentials are the cash box's.

    headers: every Authorization header that came; two of them are refused.
    """
    if len(headers) != 1:
        return False
    credentials = _credentials(headers[0])
    matches = [hmac.compare_digest(credentials, accepted) for accepted in box.accepted]  # all: no early return
    return any(matches)


def _credentials(header: str) -> bytes:
    """`login:key` out of `Basic …`; nothing if it cannot be read."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip().encode(errors="surrogateescape"), validate=True)
    except binascii.Error:
        return b""
