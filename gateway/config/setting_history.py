"""Settings came with releases: an older one refuses to start with what it does not know."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from packaging.version import Version

CAME_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "0.2.0": (
        *("OUTBOUND", "WORKER_PORT", "DATABASE_LISTEN_URL"),
        *("WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_EVENTS"),
        *("WEBHOOK_KEY", "WEBHOOK_KEY_PREVIOUS", "WEBHOOK_ALLOWED_NETWORKS", "WEBHOOK_CA_FILE", "WEBHOOKS_KEEP_DAYS"),
        "shops.*.webhooks",
    ),
}
"""By release, from the second one on. A name of tiyin.toml's shops stands for all shops."""


def is_newer_than(name: str, release: "Version") -> bool:
    """Return whether a setting is not known to that release."""
    from packaging.version import Version

    return any(name in names and Version(since) > release for since, names in CAME_WITH.items())
