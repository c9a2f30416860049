"""Credentials in the settings must be long enough, clean, and no word from a manual."""

import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr

_PLACEHOLDER: Final = re.compile(
    r"(?:change|me|your|my|the|here|secret|password|passwd|key|token|api|example|placeholder|default|todo|x{3,}|\W|_)+",
    re.IGNORECASE,
)
_SEQUENCES: Final = ("1234567890" * 8, "0123456789" * 8, "abcdefghijklmnopqrstuvwxyz" * 3, "qwertyuiopasdfghjklzxcvbnm")


def objection(secret: str, min_characters: int) -> str | None:
    """Say why a secret is refused, without showing it; None if it is good."""
    if not secret:
        return "is empty (in .env, a value that begins with # needs quotes)"
    if secret != secret.strip():
        return "has white space around it"
    if not secret.isprintable():
        return "has characters that cannot be printed"
    if len(secret) < min_characters:
        return f"is shorter than {min_characters} characters"
    if len(set(secret)) < 4 or _PLACEHOLDER.fullmatch(secret) or any(secret.lower() in known for known in _SEQUENCES):
        return "is easily guessed"
    return None


def _at_least(min_characters: int) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        reason = objection(secret.get_secret_value(), min_characters)
        if reason is not None:
            raise ValueError(reason)
        return secret

    return check


def _bearer(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]*", secret.get_secret_value()):
        raise ValueError("has characters that an Authorization header cannot carry")
    return secret


ApiToken = Annotated[SecretStr, AfterValidator(_at_least(32)), AfterValidator(_bearer)]
DerivationKey = Annotated[SecretStr, AfterValidator(_at_least(32))]
PaymeKey = Annotated[SecretStr, AfterValidator(_at_least(16))]
ClickSecret = Annotated[SecretStr, AfterValidator(_at_least(8))]
"""Click's own keys are short."""
