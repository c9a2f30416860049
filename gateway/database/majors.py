"""A data directory belongs to one major version of PostgreSQL, and only that version's programs can work on it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.child_environment import child_environment
from gateway.database.errors import EmbeddedError
from gateway.extras import embedded_binaries

MAJOR: Final = re.compile(r" (\d+)")

OLDER: Final = (
    "{data} was made by PostgreSQL {theirs}, and this tiyin has PostgreSQL {ours}: run `tiyin db upgrade`, which keeps"
    " the old one"
)
NEWER: Final = (
    "{data} was made by PostgreSQL {theirs}, and this tiyin has PostgreSQL {ours}, which cannot read it: use the tiyin"
    " that it was made with, or a newer one"
)

PLACES: Final = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/usr/local/pgsql-{}/bin", "/opt/postgresql/{}/bin")
"""Where Debian's packages, PostgreSQL's own for Red Hat and hand-made ones have their programs."""


def major_of_data(data: Path) -> int | None:
    """Return the major version that made this data directory; None where it does not say."""
    try:
        said = (data / "PG_VERSION").read_text().strip()
    except OSError:
        return None
    return int(said) if said.isdecimal() else None


def major_of_program(path: Path | str) -> int | None:
    said = subprocess.run([path, "--version"], env=child_environment(), capture_output=True, text=True).stdout  # noqa: S603
    match = MAJOR.search(said.partition(")")[2])
    return int(match[1]) if match else None


def require_same_major(data: Path, programs: Path) -> None:
    """Raise EmbeddedError where these programs cannot work on this data directory, and say what can."""
    theirs, ours = major_of_data(data), major_of_program(programs / "postgres")
    if theirs is not None and ours is not None and theirs != ours:
        raise EmbeddedError((OLDER if theirs < ours else NEWER).format(data=data, theirs=theirs, ours=ours))


def find_programs(major: int) -> Path | None:
    """Return where this version's programs are installed."""
    for place in _places(major):
        if (place / "postgres").exists() and major_of_program(place / "postgres") == major:
            return place
    return None


def _places(major: int) -> Iterator[Path]:
    yield from (Path(place.format(major)) for place in PLACES)
    if (ours := embedded_binaries()) is not None:
        yield ours.parent.with_name(f"pginstall{major}") / "bin"
