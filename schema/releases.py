"""Releases are the versions of tiyin that were given out, and the one that runs."""

from importlib.metadata import version
from typing import Final

RELEASES: Final = ("0.1.0", "0.2.0")
"""Oldest first. `tests/schema/test_releases.py` holds them to the file RELEASES and to the changelog."""


def this_release() -> str:
    """Give the version of the tiyin that is installed here."""
    return version("tiyin")
