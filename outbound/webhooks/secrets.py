"""The secrets of endpoints are derived from one key, so that no table holds a secret."""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

PREFIX: Final = "whsec_"
LEAST_BYTES: Final = 24
MOST_BYTES: Final = 64
"""Standard Webhooks: a secret has 24 to 64 bytes."""

MASK: Final = "********"
_AS_TEXT: Final = re.compile(PREFIX + r"[A-Za-z0-9+/=_\\-]+")
"""Some write a slash with a backslash before it."""

SECRETS_KEPT: Final = 1_000
"""In memory, where their key is too: they are asked for with every delivery."""


@lru_cache(maxsize=SECRETS_KEPT)
def derive(key: bytes, shop: str, name: str, generation: int) -> bytes:
    """The secret of the shop's endpoint of this name; another generation is another secret."""
    return _digest(key, "webhook secret", shop, name, str(generation))


@lru_cache
def fingerprint(key: bytes) -> str:
    """Tells one key from another. Says nothing of the key itself, nor of what is derived from it."""
    return _digest(key, "fingerprint of the webhook key").hex()[:16]


def as_text(secret: bytes) -> str:
    """As shops are shown it, and as libraries of Standard Webhooks take it."""
    return PREFIX + base64.b64encode(secret).decode()


def from_text(text: str) -> bytes:
    """The secret that a setting brings, with or without `whsec_`. ValueError says what is wrong, and shows nothing."""
    encoded = text.strip().removeprefix(PREFIX).rstrip("=")
    try:
        secret = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"A webhook secret is {PREFIX} and base64 text; this one is not base64.") from None
    if not LEAST_BYTES <= len(secret) <= MOST_BYTES:
        raise ValueError(
            f"A webhook secret has {LEAST_BYTES} to {MOST_BYTES} bytes before they are written in base64; "
            f"this one has {len(secret)}."
        )
    return secret


def without_secrets(text: str, secrets: Sequence[bytes]) -> str:
    """Mask these, and whatever looks like one: a receiver that fails may show all that it has, its secret too."""
    for secret in secrets:
        encoded = as_text(secret).removeprefix(PREFIX).rstrip("=")
        text = text.replace(encoded, MASK)
    return _AS_TEXT.sub(PREFIX + MASK, text)


def _digest(key: bytes, *parts: str) -> bytes:
    """Each part with its length before it: no two lists of parts are the same bytes."""
    encoded = [part.encode() for part in parts]
    return hmac.digest(key, b"".join(b"%d:%s," % (len(part), part) for part in encoded), "sha256")
