"""Is it Payme that calls? Basic credentials, read as bytes, compared in constant time (Payme, "Authentication")."""

import base64
import binascii
import hmac
import logging
from collections.abc import Sequence

from payme_rpc.cashbox import CashBox
from schema.networks import AllowListMode

log = logging.getLogger(__name__)


def is_payme(box: CashBox, headers: Sequence[str], remote: str | None) -> bool:
    """Whether the credentials are the cash box's and the address is one that may call.

    headers: every Authorization header that came; two of them are nobody's.
    """
    known = _knows(box, headers[0]) if len(headers) == 1 else False
    return known and _may_call(box, remote)


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


def _may_call(box: CashBox, remote: str | None) -> bool:
    allow_list = box.allow_list
    if allow_list.mode is AllowListMode.OFF or allow_list.knows(remote):
        return True
    log.warning("payme: call for shop %s from an address that is not on its list: %s", box.shop, remote)
    return allow_list.mode is AllowListMode.LOG
