"""A data directory in which initdb was killed holds nothing, and is known by it; any other is left alone."""

import re
from pathlib import Path
from typing import Final

FIRST_USER_OID: Final = 16384
"""PostgreSQL's: all that initdb makes has lower numbers, every table and database of a running server this or more."""

MADE_BY_INITDB: Final = re.compile(
    r"PG_VERSION|base|global|postmaster\.pid|postgresql(\.auto)?\.conf|pg_(hba|ident)\.conf"
    r"|pg_(commit_ts|dynshmem|logical|multixact|notify|replslot|serial|snapshots|stat|stat_tmp|subtrans|tblspc|twophase"
    r"|wal|xact)"
)
"""A server that runs leaves more, such as the options that it was started with."""

MADE_LAST: Final = Path("base", "5", "PG_VERSION")
"""Of initdb's three databases the one that is ours to use."""


def is_half(directory: Path) -> bool:
    """Return whether initdb began here and did not come to its end, and nobody has ever used what is here."""
    return is_unused(directory) and not is_complete(directory)


def is_complete(directory: Path) -> bool:
    """Return whether all of initdb's steps were begun: a file of each has something in it."""
    return all(_has_content(directory / name) for name in ("PG_VERSION", Path("global", "pg_control"), MADE_LAST))


def is_unused(directory: Path) -> bool:
    """Return whether no server has ever run here: so nothing was ever stored. False where that is not certain."""
    if not all(MADE_BY_INITDB.fullmatch(entry.name) for entry in directory.iterdir()):
        return False
    relations = (entry.name for place in ("base", "global") for entry in (directory / place).glob("**/*"))
    return not (_was_started(directory) or any(map(_is_users, relations)) or any(directory.glob("pg_tblspc/*")))


def _was_started(directory: Path) -> bool:
    """Return whether a server's id was left: initdb's own processes write theirs with a minus before it."""
    file = directory / "postmaster.pid"
    return file.exists() and file.read_text().strip()[:1] not in {"", "-"}


def _is_users(name: str) -> bool:
    """Return whether a file or directory is of a number that only a running server gives (`16384`, `16384_fsm`)."""
    number = name.partition("_")[0].partition(".")[0]
    return number.isdecimal() and int(number) >= FIRST_USER_OID


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0
