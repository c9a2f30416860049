"""Settings come from the environment, over `.env`, over `tiyin.toml`. Nothing is checked here."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.config.configuration_errors import SettingsError

DEFAULT_HOME: Final = ".tiyin"


def read(names: frozenset[str], environ: Mapping[str, str] | None, folder: Path | None) -> dict[str, Any]:
    """Read values by lower-case name. The environment is the process's own unless it is given; without a folder only
    the file that TIYIN_CONFIG names is read."""
    if environ is None:
        environ, folder = os.environ, folder or Path.cwd()
    given = {**(_dotenv(folder / ".env") if folder else {}), **environ}
    known = {name.lower(): value for name, value in given.items() if name.isupper() and name.lower() in names}
    return {**_toml(given, folder), **known}


def _dotenv(path: Path) -> dict[str, str]:
    """Read values as they stand: nothing is put in for `${…}`, which may well be part of a key."""
    from dotenv.parser import parse_stream

    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except (OSError, UnicodeError):
        raise SettingsError([f"{path} cannot be read"]) from None
    errors = [f"{path}: line {binding.original.line} cannot be read" for binding in bindings if binding.error]
    if errors:
        raise SettingsError(errors)
    return {binding.key: binding.value or "" for binding in bindings if binding.key}


def _toml(given: Mapping[str, str], folder: Path | None) -> dict[str, Any]:
    path = _toml_path(given, folder)
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError([f"{path} cannot be read"]) from None
    except (tomllib.TOMLDecodeError, UnicodeError, RecursionError):
        raise SettingsError([f"{path} is not TOML"]) from None


def _toml_path(given: Mapping[str, str], folder: Path | None) -> Path | None:
    named = given.get("TIYIN_CONFIG")
    if named:
        return (folder or Path.cwd()) / Path(named).expanduser()
    if folder is None:
        return None
    places = (folder, folder / Path(given.get("TIYIN_HOME") or DEFAULT_HOME).expanduser())
    return next((place / "tiyin.toml" for place in places if (place / "tiyin.toml").is_file()), None)
