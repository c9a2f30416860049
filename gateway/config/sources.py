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


def read(
    names: frozenset[str], environ: Mapping[str, str] | None, folder: Path | None
) -> tuple[dict[str, Any], Path | None]:
    """Read values by lower-case name, and say which TOML file was read.

    The environment is the process's own unless it is given; without a folder only the file that TIYIN_CONFIG names is
    read.
    """
    if environ is None:
        environ, folder = os.environ, folder or Path.cwd()
    dotenv = folder / ".env" if folder else None
    of_file = _dotenv(dotenv) if dotenv else {}
    _check_names(names, dotenv, of_file, environ)
    given = {**of_file, **environ}
    known = {name.lower(): value for name, value in given.items() if name.isupper() and name.lower() in names}
    toml = _toml_path(given, folder)
    return {**(_toml(toml) if toml else {}), **known}, toml


def settings_files() -> list[Path]:
    """Name the files that this process's settings are read from."""
    folder = Path.cwd()
    dotenv = folder / ".env"
    toml = _toml_path({**_dotenv(dotenv), **os.environ}, folder)
    return [path for path in (dotenv, toml) if path is not None and _is_there(path)]


def set_settings() -> list[str]:
    """Name what this process's settings set, wherever, by the environment's names; of shops in the TOML file only
    which parts they have, as `shops.*.webhooks`."""
    folder = Path.cwd()
    given = {**_dotenv(folder / ".env"), **os.environ}
    toml = _toml_path(given, folder)
    of_file = _toml(toml) if toml else {}
    shops = of_file.pop("shops", {})
    parts = {f"shops.*.{part}" for shop in shops.values() if isinstance(shop, dict) for part in shop}
    return sorted({*given, *(name.upper() for name in of_file), *parts})


def _check_names(
    names: frozenset[str], dotenv: Path | None, of_file: Mapping[str, str], environ: Mapping[str, str]
) -> None:
    known = {name.upper() for name in names} | {CONFIG}
    wrong = [f"{dotenv}: {name} is no setting{suggestion(name, known)}" for name in unknown_in_file(of_file, known)]
    wrong += [
        f"{name} in the environment is no setting{suggestion(name, known)}"
        for name in unknown_in_environment(environ, known)
    ]
    if wrong:
        raise SettingsError(wrong)


def _dotenv(path: Path) -> dict[str, str]:
    """Read values as they stand: nothing is put in for `${…}`, which may well be part of a key."""
    from dotenv.parser import parse_stream

    if not _is_there(path):
        return {}
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except (OSError, UnicodeError):
        raise SettingsError([f"{path} cannot be read"]) from None
    errors = [f"{path}: line {_line(binding)} cannot be read" for binding in bindings if binding.error]
    errors += _doubles(path, bindings)
    if errors:
        raise SettingsError(errors)
    return {binding.key: binding.value or "" for binding in bindings if binding.key}


def _doubles(path: Path, bindings: Iterable["Binding"]) -> list[str]:
    lines: dict[str, list[int]] = {}
    for binding in bindings:
        if binding.key:
            lines.setdefault(binding.key, []).append(_line(binding))
    return [
        f"{path}: {name} stands in lines {' and '.join(map(str, found))}: keep one of them"
        for name, found in lines.items()
        if len(found) > 1
    ]


def _line(binding: "Binding") -> int:
    """Return where it stands: the parser counts from the empty lines before it."""
    text = binding.original.string
    return binding.original.line + len(re.findall(r"\r\n|\n|\r", text[: len(text) - len(text.lstrip())]))


def _toml(path: Path) -> dict[str, Any]:
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
    home = Path(given.get("TIYIN_HOME") or DEFAULT_HOME).expanduser()
    return next((place for place in (folder / "tiyin.toml", folder / home / "tiyin.toml") if _is_there(place)), None)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SettingsError([f"{path} cannot be looked for ({error.strerror})"]) from None
    return True
