"""A webhook is signed as Standard Webhooks asks for: by HMAC-SHA256, once with each secret of its endpoint."""

import base64
import hmac
from collections.abc import Sequence


def signature_header(secrets: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: a receiver needs to find its own secret's signature in it, at any place.

    `timestamp` is in seconds and has to be the one of the header: it is signed too, so that nobody can replay an old
    request as a new one.
    """
    if not secrets:
        raise ValueError("A webhook cannot be signed without a secret.")
    signed = b"%s.%d.%s" % (webhook_id.encode(), timestamp, body)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(secret, signed, 'sha256')).decode()}" for secret in secrets)
