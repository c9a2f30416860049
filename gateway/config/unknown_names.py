"""Unknown names are told apart from other programs' own: a typing error in a setting must not pass in silence."""

import re
from collections.abc import Iterable, Set
from difflib import get_close_matches
from typing import Final

PREFIXES: Final = ("PAYME_", "CLICK_", "TIYIN_", "RATE_LIMIT_")
"""A name of the environment that begins so is meant for tiyin."""

OF_OTHERS: Final = re.compile(r"TIYIN_SANDBOX_\w+|\w+_SERVICE_(HOST|PORT\w*)|\w+_PORT(_\d+_(TCP|UDP)\w*)?")
"""The sandbox's own names; and what Kubernetes and Docker set for each service, such as TIYIN_PORT_8080_TCP."""

SIMILAR_MIN_CHARACTERS: Final = 6
"""Shorter names are one slip away from too many words: PORT from SPORT."""

SUGGESTION_CUTOFF: Final = 0.8


def unknown_in_file(names: Iterable[str], known: Set[str]) -> list[str]:
    """Name what a file of ours has and nobody reads."""
    return [name for name in names if name not in known and not name.startswith("TIYIN_SANDBOX_")]


def unknown_in_environment(names: Iterable[str], known: Set[str]) -> list[str]:
    """Name what looks like a setting of ours and is none; the environment has many that are not ours."""
    return [name for name in names if name not in known and not OF_OTHERS.fullmatch(name) and _looks_ours(name, known)]


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)`, or nothing where no setting is like it."""
    settings = {setting.upper(): setting for setting in known}
    similar = get_close_matches(name.upper(), settings, n=1, cutoff=SUGGESTION_CUTOFF)
    similar += [setting for setting in settings if is_one_slip_away(name.upper(), setting)]
    return f" (did you mean {settings[similar[0]]}?)" if similar else ""


def _looks_ours(name: str, known: Set[str]) -> bool:
    upper = name.upper()  # nobody reads `database_url` there
    if upper.startswith(PREFIXES):
        return True
    return any(
        min(len(upper), len(setting)) >= SIMILAR_MIN_CHARACTERS
        and (upper == setting or is_one_slip_away(upper, setting))
        for setting in known
    )


def is_one_slip_away(name: str, other: str) -> bool:
    """Whether one letter is missing, too much, or another, or two neighbours have changed places."""
    if abs(len(name) - len(other)) > 1 or name == other:
        return False
    start = next((n for n, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
    rest, other_rest = name[start:], other[start:]
    if len(name) != len(other):
        longer, shorter = sorted((rest, other_rest), key=len, reverse=True)
        return longer[1:] == shorter
    return rest[1:] == other_rest[1:] or (rest[1::-1] == other_rest[:2] and rest[2:] == other_rest[2:])
