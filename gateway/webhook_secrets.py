"""Webhook secrets are what endpoints' events are signed with: of the settings, or derived from one key."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from outbound.webhooks.secrets import as_text, derive, fingerprint, from_text

from core import EndpointRef
from gateway.config.settings import Settings
from gateway.config.webhook_settings import WebhookSettings
from gateway.durable_files import write_whole
from gateway.home_directory import make_home
from schema.test_mode import twin_of

FILE: Final = "webhook.key"
"""Under TIYIN_HOME, beside the embedded database: the key from which secrets are derived."""

KEY_BYTES: Final = 32


class MissingKeyError(Exception):
    """There is nothing to derive a secret from."""

    def __init__(self) -> None:
        super().__init__(
            "WEBHOOK_KEY is not set: the secrets of webhook endpoints are derived from it. Set it to 32 random"
            " characters or more, such as `openssl rand -base64 33` writes, the same for all processes, and keep it."
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
        key, previous = settings.webhook_key, settings.webhook_key_previous
        self._keys: dict[str, bytes] = {}
        if key is None and settings.database_url is None:
            self._main: bytes | None = _generated_key(settings)
        else:
            self._main = None if key is None else key.get_secret_value().encode()
        former = None if previous is None else previous.get_secret_value().encode()
        self._keys = {fingerprint(one): one for one in (self._main, former) if one is not None}

    @property
    def fingerprint(self) -> str:
        """Of the key that new secrets are derived from. Raises MissingKeyError."""
        if self._main is None:
            raise MissingKeyError
        return fingerprint(self._main)

    def knows(self, key_print: str | None) -> bool:
        """Return whether secrets can be derived that were derived from the key with this fingerprint."""
        return key_print is None or key_print in self._keys

    def of(self, endpoint: Signed, at: datetime) -> Sequence[bytes]:
        """Return what is signed with at a moment: the secret and, for a time, the one before it."""
        own = self._of_settings.get(EndpointRef(endpoint.shop, endpoint.name))
        if own is not None and own.secret is not None:
            both = (own.secret, own.secret_previous)
            return [from_text(secret.get_secret_value()) for secret in both if secret is not None]
        generations = [endpoint.generation]
        if endpoint.previous_until is not None and at < endpoint.previous_until:
            generations.append(endpoint.generation - 1)
        key = self._key_of(endpoint.key_print)
        return [derive(key, endpoint.shop, endpoint.name, generation) for generation in generations]

    def text_of(self, endpoint: Signed, at: datetime) -> str:
        """Return the secret as the shop is given it, `whsec_…`."""
        return as_text(self.of(endpoint, at)[0])

    def _key_of(self, key_print: str | None) -> bytes:
        key = self._main if key_print is None else self._keys.get(key_print)
        if key is None:
            raise MissingKeyError
        return key


def settings_endpoints(settings: Settings) -> dict[EndpointRef, WebhookSettings]:
    """Return the endpoints of the settings. A test mode has its own: those that ask for its events."""
    endpoints = {}
    for name, shop in settings.shops.items():
        stored = shop.stored_name(name)
        for endpoint, webhook in shop.webhooks.items():
            endpoints[EndpointRef(twin_of(stored) if webhook.test else stored, endpoint)] = webhook
    return endpoints


def _generated_key(settings: Settings) -> bytes:
    """Read the key of the embedded database's home, or make it. It must live as long as the database."""
    path = settings.tiyin_home / FILE
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        make_home(settings.tiyin_home)
        text = secrets.token_urlsafe(KEY_BYTES)
        write_whole(path, f"{text}\n")
    return text.encode()
