"""The demonstration's settings: generated once, kept in its data directory, and never anybody's real ones."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from dotenv import dotenv_values

from gateway.config.settings import Settings, load

FILE: Final = "demo.env"
TAKEN_OVER: Final = ("TIYIN_HOME", "HOST", "PORT", "LOG_LEVEL", "PAYMENTS_LOG", "DRAIN_SECONDS")
"""What the demonstration takes from the environment; above all no database and no keys."""


def demo_settings(settings: Settings) -> Settings:
    """What the demonstration runs with: its own keys, and of the given settings only where and how."""
    asked = {name: getattr(settings, name.lower()) for name in TAKEN_OVER}
    return load(
        {**_keys(settings.tiyin_home), **{name: str(value) for name, value in asked.items() if value is not None}}
    )


def _keys(home: Path) -> Mapping[str, str]:
    """Those of the last time, or new ones; only their owner may read them."""
    path = home / FILE
    if path.exists():
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    home.mkdir(parents=True, exist_ok=True)
    keys = _new_keys()
    file, name = mkstemp(dir=home, prefix=FILE)  # made with mode 0600
    with open(file, "w", encoding="utf-8") as lines:
        lines.writelines(f"{name}={value}\n" for name, value in keys.items())
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
