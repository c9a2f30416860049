"""`tiyin rollback` says whether an older release can serve on the database, before an operator goes back to it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, address, place_of
from gateway.cli.output import echo
from gateway.config.setting_history import is_newer_than
from gateway.config.settings import load
from gateway.config.sources import set_settings
from schema.releases import RELEASES, this_release

if TYPE_CHECKING:
    from packaging.version import Version

NOTHING_DONE: Final = (
    "tiyin itself changes nothing at a rollback: ask `tiyin rollback --check VERSION` whether that release can serve on"
    " this database, then install it and restart. See docs/rollback.md."
)
HOW: Final = (
    "Install {release} and restart every process; do not downgrade the schema, and take out of the settings what"
    " {release} does not know. See docs/rollback.md."
)
SETTINGS: Final = "{release} does not know these settings, and refuses to start: {names}."
EMPTY: Final = (
    "the database is empty: there is nothing to go back with. `tiyin migrate` of the release makes its schema."
)
BEHIND: Final = (
    "the schema (revision {revision}) is older than this release's, which has changed nothing yet: what has served on"
    " it goes on serving. Ask again after `tiyin migrate`."
)
BROKEN: Final = (
    "the oldest release that may serve on the schema is {oldest}, since the migration {broken_by}. Go back to that one"
    " at most."
)
UNKNOWN: Final = "the schema (revision {revision}) does not say which release may serve on it."


def rollback(
    check: Annotated[
        str | None, typer.Option("--check", metavar="VERSION", help="The older release to go back to.")
    ] = None,
) -> None:
    """Say whether an older release can serve on this database as it is. Read-only. Exits with 1 if it cannot."""
    if check is None:
        raise Failure(NOTHING_DONE)
    release = _released(check)
    chosen = load(shops_required=False)
    with address(chosen) as url:
        if (reason := _why_not(url, release)) is not None:
            raise Failure(f"No, {release} cannot serve here: {reason}")
        place = place_of(chosen, url)
    echo(f"Yes, {release} can serve on {place} as it is.")
    echo(HOW.format(release=release))
    if names := [name for name in set_settings() if is_newer_than(name, release)]:
        echo(SETTINGS.format(release=release, names=", ".join(names)))


def _released(words: str) -> "Version":
    """Read the version of a release that is not newer than this one. Raises Failure."""
    from packaging.version import Version

    from gateway.database.promises import version_of

    release = version_of(words)
    if release is None:
        raise Failure(f"{words!r} is no version: give one such as {RELEASES[-1]}.")
    if release > Version(this_release()):
        raise Failure(f"No: {release} is newer than this release, {this_release()}. Going forward is `tiyin migrate`.")
    if release not in map(Version, RELEASES):
        raise Failure(f"No: {release} was never released. Releases are {', '.join(RELEASES)}.")
    return release


def _why_not(url: str, release: "Version") -> str | None:
    from gateway.database.migrations import under_lock
    from gateway.database.promises import breaking_revision, oldest_release, read_promises
    from gateway.database.schema_state import SchemaKind, look_at_schema

    state = look_at_schema(url)
    if state.kind is SchemaKind.EMPTY:
        return EMPTY
    if state.kind is SchemaKind.BEHIND:
        return BEHIND.format(revision=state.revision)
    promises = under_lock(url, read_promises)
    oldest = oldest_release(promises, state.revisions)
    if oldest is None:
        return UNKNOWN.format(revision=state.revision)
    if oldest > release:
        return BROKEN.format(oldest=oldest, broken_by=breaking_revision(promises, release))
    return None
