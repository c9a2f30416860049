"""Writes Payme's Basic credentials, right and in every wrong way (Payme, "Authentication")."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

Header = tuple[str, str] | None
"""The Authorization header and how it may be shown; None for none."""


@dataclass(frozen=True, slots=True)
class Credentials:
    login: str
    key: str = field(repr=False)

    def header(self, name: str) -> Header:
        return HEADERS[name](self)

    def masked(self, text: str) -> str:
        """Mask the key in an answer: people see it, and a gateway may send the key back."""
        return text.replace(self.key, "***") if self.key else text


def _basic(value: str | bytes) -> str:
    raw = value.encode() if isinstance(value, str) else value
    return "Basic " + base64.b64encode(raw).decode()


def _last_changed(key: str) -> str:
    return key[:-1] + ("0" if key[-1:] != "0" else "1")


HEADERS: Final[Mapping[str, Callable[[Credentials], Header]]] = {
    "right": lambda c: (_basic(f"{c.login}:{c.key}"), "Basic ***"),
    "none": lambda c: None,
    "wrong": lambda c: (_basic(f"{c.login}:wrong-key-of-the-sandbox"), "Basic *** (a wrong key)"),
    "bearer": lambda c: ("Bearer x", "Bearer x"),
    "bare": lambda c: ("Basic", "Basic"),
    "not base64": lambda c: ("Basic !!!not-base64!!!", "Basic !!!not-base64!!!"),
    "not UTF-8": lambda c: (_basic(b"\xff\xfe:\xff\xfe"), "Basic (base64 of bytes that are not UTF-8)"),
    "no colon": lambda c: (_basic(c.login + c.key), "Basic *** (no colon between login and key)"),
    "other login": lambda c: (_basic(f"{c.login}X:{c.key}"), "Basic *** (another login, the right key)"),
    "no login": lambda c: (_basic(f":{c.key}"), "Basic *** (no login, the right key)"),
    "empty key": lambda c: (_basic(f"{c.login}:"), "Basic *** (an empty key)"),
    "longer key": lambda c: (_basic(f"{c.login}:{c.key}x"), "Basic *** (the right key and one character more)"),
    "shorter key": lambda c: (
        _basic(f"{c.login}:{c.key[:-1]}"),
        "Basic *** (the right key without its last character)",
    ),
    "changed key": lambda c: (_basic(f"{c.login}:{_last_changed(c.key)}"), "Basic *** (the last character changed)"),
    "lower case": lambda c: (_basic(f"{c.login}:{c.key}").replace("Basic", "basic"), "basic ***"),
}
