"""The start notice says in one block, before anything is served, what is open, not durable, or others can read."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dotenv import dotenv_values

from gateway.config.settings import Settings
from gateway.config.sources import settings_files
from gateway.demo.keys import FILE as DEMO_KEYS
from gateway.file_exposure import OF_ANYBODY, WRITE, file_exposure
from gateway.open_settings import REACHABLE, is_reachable, open_settings

if TYPE_CHECKING:
    from core import ServerSettings

HEADING: Final = "Before payments come, look at this:"

NOT_DURABLE: Final = "The database is not durable (off: {}), and may lose what was acknowledged when it crashes."
NOT_ON_STANDBYS: Final = (
    "synchronous_commit waits for none of {}: what was acknowledged may be on no standby. Set it on."
)
DEMO_KEYS_TAKEN: Final = "The keys are those of {}, which `tiyin demo` prints: make others."


def start_notice(settings: Settings, host: str, server: "ServerSettings | None", *, anyway: bool = False) -> str | None:
    """Write the block; None where there is nothing to say. `server`: None where the database could not be asked."""
    demo_keys = settings.tiyin_home / DEMO_KEYS
    opened = open_settings(settings, host, anyway=anyway)
    if _secrets(settings) & {value for value in _values(demo_keys).values() if value}:
        opened.append(DEMO_KEYS_TAKEN.format(demo_keys))
    return _block(opened, _not_durable(server), _exposed(settings))


def demo_notice(settings: Settings, host: str) -> str | None:
    """Write the block for the demonstration, which opens test mode and prints its keys on purpose."""
    return _block([REACHABLE.format(host=host)] if is_reachable(host) else [], (), _exposed(settings))


def _block(opened: "list[str]", not_durable: "Iterator[str] | tuple[()]", exposed: Iterator[str]) -> str | None:
    lines = [
        f"  {label:13} {sentence}"
        for label, sentences in (("open", opened), ("not durable", not_durable), ("exposed", exposed))
        for sentence in sentences
    ]
    return "\n".join([HEADING, *lines]) if lines else None


def _not_durable(server: "ServerSettings | None") -> Iterator[str]:
    if server is None:
        return
    if server.off:
        yield NOT_DURABLE.format(", ".join(server.off))
    if not server.waits_for_standbys:
        yield NOT_ON_STANDBYS.format(server.standbys)


def _exposed(settings: Settings) -> Iterator[str]:
    for file in (*settings_files(), settings.tiyin_home / DEMO_KEYS):
        yield from file_exposure(file)
    yield from file_exposure(settings.tiyin_home, WRITE)
    if settings.payments_log is not None:
        yield from file_exposure(settings.payments_log, OF_ANYBODY)


def _values(file: Path) -> dict[str, str | None]:
    try:
        return dotenv_values(file, interpolate=False)
    except (OSError, UnicodeError):
        return {}


def _secrets(settings: Settings) -> set[str]:
    shops = settings.shops.values()
    keys = [key for shop in shops for key in (*shop.api_tokens, *shop.test_api_tokens)]
    keys += [key for shop in shops if shop.payme for key in (*shop.payme.keys, shop.payme.test_key) if key]
    keys += [service.secret_key for shop in shops for service in shop.click]
    return {key.get_secret_value() for key in keys}
