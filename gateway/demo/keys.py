"""Generates the demonstration's keys once and keeps them in its data directory; real keys are never used."""

import secrets
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from gateway.config.settings import Settings, load
from gateway.config.shop_settings import ClickSettings
from gateway.config.webhook_settings import WebhookSettings
from gateway.durable_files import write_whole
from gateway.home_directory import make_home
from inbound.shop_path import MAIN
from outbound.webhooks.secrets import as_text

FILE: Final = "demo.env"
KEPT_SETTINGS: Final = ("TIYIN_HOME", "HOST", "PORT", "LOG_LEVEL", "PAYMENTS_LOG", "DRAIN_SECONDS")
"""The demonstration takes these from the environment, and no database and no keys."""

TEST_SERVICE: Final[Mapping[str, str]] = {
    f"DEMO_CLICK_TEST_{field.upper()}": field for field in ("service_id", "merchant_id", "secret_key")
}
"""Of the demonstration's second service at Click: two of them have no names in the environment."""


RECEIVER: Final = "DEMO_WEBHOOK_SECRET"
"""What its own receiver of webhooks verifies by."""

LOOPBACK: Final = ip_network("127.0.0.0/8")


def demo_settings(settings: Settings, webhook_url: str | None = None) -> Settings:
    """Combine the generated keys with the host, port, directory and logs of the given settings.

    `webhook_url`: on this machine, where events go, those of test mode too.
    """
    kept = {name: getattr(settings, name.lower()) for name in KEPT_SETTINGS}
    keys = dict(_keys(settings.tiyin_home))
    test_service = {field: keys.pop(name) for name, field in TEST_SERVICE.items()}
    webhook_secret = keys.pop(RECEIVER)
    demo = load({**keys, **{name: str(value) for name, value in kept.items() if value is not None}})
    shop = demo.shops[MAIN]
    services = (*shop.click, ClickSettings.model_validate({**test_service, "test": True}))
    changes: dict[str, object] = {"click": services}
    if webhook_url is not None:
        endpoint = {"url": webhook_url, "secret": webhook_secret}
        changes["webhooks"] = {
            "demo": WebhookSettings.model_validate(endpoint),
            "demo-test": WebhookSettings.model_validate({**endpoint, "test": True}),
        }
    shops = {**demo.shops, MAIN: shop.model_copy(update=changes)}
    return demo.model_copy(update={"shops": shops, "webhook_allowed_networks": (LOOPBACK,)})


def _keys(home: Path) -> Mapping[str, str]:
    """Read last time's keys and generate those that are missing, in a file that only its owner may read."""
    path = home / FILE
    found = dotenv_values(path, interpolate=False) if path.exists() else {}
    keys = {**_new_keys(), **{name: value for name, value in found.items() if value}}
    if keys == found:
        return keys
    make_home(home)
    write_whole(path, "".join(f"{name}={value}\n" for name, value in keys.items()))
    return keys


def _new_keys() -> dict[str, str]:
    return {
        "API_TOKEN": secrets.token_urlsafe(32),
        "API_TEST_TOKEN": secrets.token_urlsafe(32),
        "PAYME_MERCHANT_ID": secrets.token_hex(12),
        "PAYME_KEY": secrets.token_urlsafe(27),
        "PAYME_TEST_KEY": secrets.token_urlsafe(27),
        "PAYME_SANDBOX": "1",
        "CLICK_SERVICE_ID": str(10_000 + secrets.randbelow(90_000)),
        "CLICK_MERCHANT_ID": str(10_000 + secrets.randbelow(90_000)),
        "CLICK_SECRET_KEY": secrets.token_urlsafe(12),
        "DEMO_CLICK_TEST_SERVICE_ID": str(100_000 + secrets.randbelow(900_000)),
        "DEMO_CLICK_TEST_MERCHANT_ID": str(10_000 + secrets.randbelow(90_000)),
        "DEMO_CLICK_TEST_SECRET_KEY": secrets.token_urlsafe(12),
        RECEIVER: as_text(secrets.token_bytes(32)),
    }
