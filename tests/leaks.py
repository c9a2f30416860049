"""What must never be written down, looked for in everything that the tests cause to be written.

The keys of every test's settings, the Basic credentials made of them, the signatures that were sent, and card numbers.
Heard are: every rendered line of every log, of gateways in this process and of those that run as programs; every row of
the journal; and every answer that was given to a caller (which may hold what the caller itself has sent).
"""

import base64
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretStr

_DIGEST: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])")
_CARD: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?:2[2-6]\d\d|27[01]\d|[3-6]\d{3}|8600|9860)(?:(?:[ +-]|%20)?\d{4}){3}(?![0-9A-Za-z])"
)

LEAST: Final = 8
"""Characters of what is worth looking for."""


class Leaks:
    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self.signatures: set[str] = set()
        self.written: list[str] = []
        """By the logs, and into the journal."""
        self.answered: list[str] = []

    def begin(self) -> None:
        """Another test."""
        self.written.clear()
        self.answered.clear()
        self.signatures.clear()

    def knows(self, settings: BaseModel) -> None:
        """Look for these settings' secrets from now on."""
        for name, secret in _secrets("", settings):
            self.keeps(name, secret)

    def keeps(self, name: str, secret: str) -> None:
        """Look for this one from now on. A Payme key is also looked for as it travels."""
        if len(secret) < LEAST or secret in self._secrets:
            return
        shapes = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
        if "payme" in name:
            shapes.add(base64.b64encode(f"Paycom:{secret}".encode()).decode())
        self._secrets |= dict.fromkeys(shapes, name)
        self._pattern = None

    def found(self) -> list[str]:
        """Sentences."""
        written, answered = "\n".join(self.written), "\n".join(self.answered)
        return [
            *(f"a log or the journal holds {what}" for what in (*self._keys(written), *self._others(written))),
            *(f"an answer holds {what}" for what in self._keys(answered)),
        ]

    def _keys(self, text: str) -> Iterator[str]:
        if self._pattern is None and self._secrets:
            self._pattern = re.compile("|".join(map(re.escape, sorted(self._secrets, key=len, reverse=True))))
        for found in self._pattern.finditer(text) if self._pattern else ():
            yield f"{self._secrets[found[0]]}: {_around(text, found)}"

    def _others(self, text: str) -> Iterator[str]:
        for found in _DIGEST.finditer(text):
            if found[0].lower() in self.signatures:
                yield f"a signature: {_around(text, found)}"
        for found in _CARD.finditer(text):
            if _is_card([int(digit) for digit in re.sub(r"%20|\D", "", found[0])]):
                yield f"a card number: {_around(text, found)}"


LEAKS: Final = Leaks()
"""One for each process of tests."""


def _secrets(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, SecretStr):
        yield name, value.get_secret_value()
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            if field != "database_url":  # where tests keep theirs is no secret
                yield from _secrets(f"{name}.{field}", getattr(value, field))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(name, inner)


def _is_card(digits: list[int]) -> bool:
    return sum(digits[1::2] + [sum(divmod(2 * digit, 10)) for digit in digits[::2]]) % 10 == 0


def _around(text: str, found: re.Match[str]) -> str:
    return repr(text[max(0, found.start() - 60) : found.end() + 20])
