"""Is it Payme that calls? Basic credentials, read as bytes, compared in constant time (Payme, "Authentication")."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from payme_rpc.cashbox import CashBox


def is_payme(box: CashBox, headers: Sequence[str]) -> bool:
    """Whether the credentials are the cash box's.

    headers: every Authorization header that came; two of them are nobody's.
    """
    return _knows(box, headers[0]) if len(headers) == 1 else False


def _knows(box: CashBox, header: str) -> bool:
    login, separator, key = _credentials(header).partition(b":")
    known = hmac.compare_digest(login, box.login.encode())
    matches = [hmac.compare_digest(key, accepted.encode()) for accepted in box.accepted_keys]  # all: no early return
    return bool(separator) and known and any(matches)


def _credentials(header: str) -> bytes:
    """`login:key` out of `Basic …`; nothing if it cannot be read."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip().encode(errors="surrogateescape"), validate=True)
    except binascii.Error:
        return b""
