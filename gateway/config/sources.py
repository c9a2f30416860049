"""Settings come from the environment, over `.env`, over `tiyin.toml`. Their names are checked here, no value is."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.config.configuration_errors import SettingsError
from gateway.config.unknown_names import suggestion, unknown_in_environment, unknown_in_file

if TYPE_CHECKING:
    from dotenv.parser import Binding

DEFAULT_HOME: Final = ".tiyin"

CONFIG: Final = "TIYIN_CONFIG"
"""Names the file instead of tiyin.toml; read before all others."""

_PLACE: Final = re.compile(r"at line (\d+)")


def read(names: frozenset[str], environ: Mapping[str, str] | None, folder: Path | None) -> dict[str, Any]:
    """Read values by lower-case name. The environment is the process's own unless it is given; without a folder only
    the file that TIYIN_CONFIG names is read."""
    if environ is None:
        environ, folder = os.environ, folder or Path.cwd()
    of_file = _dotenv(folder / ".env") if folder else {}
    _check_names(names, of_file, environ)
    given = {**of_file, **environ}
    known = {name.lower(): value for name, value in given.items() if name.isupper() and name.lower() in names}
    return {**_toml(given, folder), **known}


def _check_names(names: frozenset[str], of_file: Mapping[str, str], environ: Mapping[str, str]) -> None:
    known = {name.upper() for name in names} | {CONFIG}
    wrong = [f".env: {name} is no setting{suggestion(name, known)}" for name in unknown_in_file(of_file, known)]
    wrong += [
        f"{name} in the environment is no setting{suggestion(name, known)}"
        for name in unknown_in_environment(environ, known)
    ]
    if wrong:
        raise SettingsError(wrong)


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
    errors += _doubles(path, bindings)
    if errors:
        raise SettingsError(errors)
    return {binding.key: binding.value or "" for binding in bindings if binding.key}


def _doubles(path: Path, bindings: Iterable["Binding"]) -> list[str]:
    lines: dict[str, list[int]] = {}
    for binding in bindings:
        if binding.key:
            lines.setdefault(binding.key, []).append(binding.original.line)
    return [
        f"{path}: {name} stands in lines {' and '.join(map(str, found))}: keep one of them"
        for name, found in lines.items()
        if len(found) > 1
    ]


def _toml(given: Mapping[str, str], folder: Path | None) -> dict[str, Any]:
    path = _toml_path(given, folder)
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError([f"{path} cannot be read"]) from None
    except (UnicodeError, RecursionError):
        raise SettingsError([f"{path} is not TOML"]) from None
    except tomllib.TOMLDecodeError as error:  # its text may hold a key, so only the place is said
        place = _PLACE.search(str(error))
        raise SettingsError([f"{path} is not TOML{f': look at line {place[1]}' if place else ''}"]) from None


def _toml_path(given: Mapping[str, str], folder: Path | None) -> Path | None:
    named = given.get(CONFIG)
    if named:
        return (folder or Path.cwd()) / Path(named).expanduser()
    if folder is None:
        return None
    places = (folder, folder / Path(given.get("TIYIN_HOME") or DEFAULT_HOME).expanduser())
    return next((place / "tiyin.toml" for place in places if (place / "tiyin.toml").is_file()), None)
