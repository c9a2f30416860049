"""The releases that the code knows are those of the file RELEASES and of the changelog."""

import re
from pathlib import Path

from packaging.version import Version

from schema.releases import RELEASES, this_release

ROOT = Path(__file__).parent.parent.parent


def cut() -> tuple[str, ...]:
    lines = (ROOT / "RELEASES").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for _, commit in rows)
    return tuple(version for version, _ in rows)


def test_releases_are_those_that_were_cut_and_the_one_that_is_being_cut():
    assert RELEASES in (cut(), (*cut(), this_release()))


def test_releases_are_those_of_the_changelog_once_it_has_any():
    headings = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(reversed(headings)) in (RELEASES, ())


def test_releases_are_oldest_first_and_none_is_newer_than_the_version_in_work():
    versions = list(map(Version, RELEASES))
    assert versions == sorted(set(versions))
    assert versions[-1] <= Version(this_release())
