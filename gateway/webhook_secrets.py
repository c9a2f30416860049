"""Webhook secrets are what endpoints' events are signed with: of the settings, or derived from one key."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from pydantic import SecretStr

from core import EndpointRef
from gateway.config.settings import Settings
from gateway.config.webhook_settings import WebhookSettings
from gateway.durable_files import write_new
from gateway.home_directory import make_home
from outbound.webhooks.secrets import as_text, derive, fingerprint, from_text
from schema.test_mode import twin_of

FILE: Final = "webhook.key"
"""Under TIYIN_HOME, beside the embedded database: the key from which secrets are derived."""

KEY_BYTES: Final = 32
KEY_MIN_CHARACTERS: Final = 32
"""Of the file; as of WEBHOOK_KEY."""


class MissingKeyError(Exception):
    """There is nothing to derive a secret from."""

    def __init__(
        self,
        sentence: str = (
            "WEBHOOK_KEY is not set: the secrets of webhook endpoints are derived from it. Set it to 32 random"
            " characters or more, such as `openssl rand -base64 33` writes, the same for all processes, and keep it."
        ),
    ) -> None:
        super().__init__(sentence)


class BrokenKeyError(MissingKeyError):
    """The generated key is not what was generated: what is derived from a part of it anybody may derive."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key in {path} is cut off or cannot be read: put it back from a backup. The secrets of webhook"
            " endpoints are derived from it; if there is no endpoint yet, delete it, and another one is generated."
        )


class Signed(Protocol):
    """What says by which secrets an endpoint's events are signed: its row, or a claim of a delivery."""

    @property
    def shop(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def previous_until(self) -> datetime | None: ...
    @property
    def key_print(self) -> str | None: ...


class WebhookSecrets:
    """Knows the secrets of all endpoints. No table holds one."""

    def __init__(self, settings: Settings) -> None:
        self._of_settings = settings_endpoints(settings)
        self._given = _bytes(settings.webhook_key)
        self._former = _bytes(settings.webhook_key_previous)
        self._file = settings.tiyin_home / FILE if self._given is None and settings.database_url is None else None

    @property
    def fingerprint(self) -> str:
        """Of the key that new secrets are derived from; one is generated if need be. Raises MissingKeyError."""
        if self._given is None and self._file is not None:
            self._given = _generated_key(self._file)
        if self._given is None:
            raise MissingKeyError
        return fingerprint(self._given)

    def knows(self, key_print: str | None) -> bool:
        """Return whether secrets can be derived that were derived from the key with this fingerprint."""
        return key_print is None or self._key_of(key_print) is not None

    def of(self, endpoint: Signed, at: datetime) -> Sequence[bytes]:
        """Return what is signed with at a moment: the secret and, for a time, the one before it."""
        own = self._of_settings.get(EndpointRef(endpoint.shop, endpoint.name))
        if own is not None and own.secret is not None:
            both = (own.secret, own.secret_previous)
            return [from_text(secret.get_secret_value()) for secret in both if secret is not None]
        generations = [endpoint.generation]
        if endpoint.previous_until is not None and at < endpoint.previous_until:
            generations.append(endpoint.generation - 1)
        key = None if endpoint.key_print is None else self._key_of(endpoint.key_print)
        if key is None:
            raise MissingKeyError
        return [derive(key, endpoint.shop, endpoint.name, generation) for generation in generations]

    def text_of(self, endpoint: Signed, at: datetime) -> str:
        """Return the secret as the shop is given it, `whsec_…`."""
        return as_text(self.of(endpoint, at)[0])

    def _key_of(self, key_print: str) -> bytes | None:
        if self._given is None and self._file is not None:
            self._given = _read_key(self._file)
        return next((key for key in (self._given, self._former) if key and fingerprint(key) == key_print), None)


def settings_endpoints(settings: Settings) -> dict[EndpointRef, WebhookSettings]:
    """Return the endpoints of the settings. A test mode has its own: those that ask for its events."""
    endpoints = {}
    for name, shop in settings.shops.items():
        stored = shop.stored_name(name)
        for endpoint, webhook in shop.webhooks.items():
            endpoints[EndpointRef(twin_of(stored) if webhook.test else stored, endpoint)] = webhook
    return endpoints


def _bytes(key: SecretStr | None) -> bytes | None:
    return None if key is None else key.get_secret_value().encode()


def _read_key(path: Path) -> bytes | None:
    try:
        key = path.read_text(encoding="ascii").strip().encode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise BrokenKeyError(path) from None
    if len(key) < KEY_MIN_CHARACTERS:
        raise BrokenKeyError(path)
    return key


def _generated_key(path: Path) -> bytes:
    """Read the key in the home of the embedded database, or make it. It must live as long as the database."""
    if (found := _read_key(path)) is None:
        make_home(path.parent)
        with suppress(FileExistsError):  # another process was quicker
            write_new(path, f"{secrets.token_urlsafe(KEY_BYTES)}\n")
        found = _read_key(path)
        assert found is not None
    return found
