"""Generates the demonstration's keys once and keeps them in its data directory; real keys are never used."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from dotenv import dotenv_values

from gateway.config.settings import Settings, load

FILE: Final = "demo.env"
KEPT_SETTINGS: Final = ("TIYIN_HOME", "HOST", "PORT", "LOG_LEVEL", "PAYMENTS_LOG", "DRAIN_SECONDS")
"""The demonstration takes these from the environment, and no database and no keys."""


def demo_settings(settings: Settings) -> Settings:
    """Combine the generated keys with the host, port, directory and logs of the given settings."""
    kept = {name: getattr(settings, name.lower()) for name in KEPT_SETTINGS}
    return load(
        {**_keys(settings.tiyin_home), **{name: str(value) for name, value in kept.items() if value is not None}}
    )


def _keys(home: Path) -> Mapping[str, str]:
    """Read last time's keys or generate new ones, in a file that only its owner may read."""
    path = home / FILE
    if path.exists():
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    home.mkdir(parents=True, exist_ok=True)
    keys = _new_keys()
    descriptor, name = mkstemp(dir=home, prefix=FILE)  # made with mode 0600
    with open(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in keys.items())
    os.replace(name, path)
    return keys


def _new_keys() -> dict[str, str]:
    return {
        "API_TOKEN": secrets.token_urlsafe(32),
        "PAYME_MERCHANT_ID": secrets.token_hex(12),
        "PAYME_KEY": secrets.token_urlsafe(27),
        "PAYME_TEST_KEY": secrets.token_urlsafe(27),
        "PAYME_SANDBOX": "1",  # links lead to Payme's test site
        "CLICK_SERVICE_ID": str(10_000 + secrets.randbelow(90_000)),
        "CLICK_MERCHANT_ID": str(10_000 + secrets.randbelow(90_000)),
        "CLICK_SECRET_KEY": secrets.token_urlsafe(12),
    }
