"""`tiyin db check` says whether the database is what payments need, `tiyin db roles` makes the roles that it needs."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from gateway.cli.common import Failure, address, place_of
from gateway.cli.output import echo
from gateway.config.settings import Settings, load

if TYPE_CHECKING:
    from core import DatabaseState, ServerSettings

OK: Final = "ok"
MISSING: Final = "MISSING"
NOTE: Final = "note"
"""Good enough, and not as good as it could be."""

CURES: Final = {
    "standby": "the server follows another one: name the primary in DATABASE_URL, or promote this one",
    "read-only": "default_transaction_read_only is on: set it off at the server, the database or the role",
}


class _Point(NamedTuple):
    verdict: str
    text: str


def check() -> None:
    """Check whether the database is what payments need, line by line. Exits with 1 if something is missing."""
    chosen = load(shops_required=False)
    with address(chosen) as url:
        schema = _schema(url)  # it explains best why a database cannot be reached
        server, state = asyncio.run(_ask(chosen, url))
        place = place_of(chosen, url)
    points = [*_server(server), *_role(server, state, is_embedded=chosen.database_url is None), schema]
    echo(f"{place[0].upper()}{place[1:]}:")
    for point in points:
        echo(f"  {point.verdict:8} {point.text}")
    missing = sum(point.verdict == MISSING for point in points)
    echo(f"{missing} missing." if missing else "Nothing is missing.")
    raise typer.Exit(1 if missing else 0)


def roles() -> None:
    """Print a script for psql that makes two roles: one that owns and migrates the tables, one that only serves."""
    from gateway.database.roles import roles_sql

    echo(roles_sql().removesuffix("\n"))


async def _ask(settings: Settings, url: str) -> "tuple[ServerSettings, DatabaseState]":
    from core import database_state, db_error_of, in_words, make_engine, server_settings

    engine = make_engine(url, 1, pooled=settings.database_pooled)
    try:
        return await server_settings(engine), await database_state(engine)
    except Exception as error:
        if db_error_of(error).bug:
            raise
        raise Failure(f"The database could not be asked: {in_words(error)}. Try again.") from error
    finally:
        await engine.dispose()


def _schema(url: str) -> _Point:
    from gateway.database.migration_errors import MigrationError, SchemaNotServedError, UnreachableError
    from gateway.database.schema_state import schema_state

    try:
        schema = schema_state(url)
    except UnreachableError:
        raise
    except SchemaNotServedError as error:
        return _Point(MISSING, str(error))
    except MigrationError as error:
        return _Point(MISSING, f"the schema cannot be looked at. {error}")
    if schema.is_newer:
        return _Point(NOTE, schema.newer_release)
    if schema.is_behind:
        return _Point(MISSING, "the newest schema: `tiyin migrate`")
    return _Point(OK, "the schema is up to date")


def _server(server: "ServerSettings") -> Iterator[_Point]:
    from core import VERSION_MIN

    if server.unfit:
        yield from (_Point(MISSING, sentence) for sentence in server.unfit)
    else:
        yield _Point(OK, f"PostgreSQL {server.version_text} ({VERSION_MIN} or newer), encoding {server.encoding}")
    for name, word in server.durability.items():
        if word == "off":
            lost = "what was acknowledged may be lost when the server crashes"
            yield _Point(
                MISSING, f"{name} is off, and {lost}: set {name} = on for the server, the database or the role"
            )
        else:
            yield _Point(OK, f"{name} is {word}")
    if not server.waits_for_standbys:
        lost = "what was acknowledged may be on no synchronous standby"
        yield _Point(MISSING, f"synchronous_commit waits for none of {server.standbys}, and {lost}: set it on")


def _role(server: "ServerSettings", state: "DatabaseState", *, is_embedded: bool) -> Iterator[_Point]:
    from core import grants

    if state.shortage in CURES:
        yield _Point(MISSING, CURES[state.shortage])
        return
    yield _Point(OK, "the server takes writes")
    yield from (
        _Point(MISSING, f"{thing}: `tiyin migrate`, or look at the role's search_path") for thing in state.absent
    )
    denied = [*state.denied, *state.denied_beside]
    yield from (_Point(MISSING, f"{right}: {grants([right], state.role)}") for right in denied)
    if not (state.absent or denied):
        yield _Point(OK, f"the role {state.role} has the rights that payments, the journal and retention need")
    if server.owns_tables and not is_embedded:
        note = "it could change and drop them: see `tiyin db roles`"
        yield _Point(NOTE, f"the role {state.role} owns the tables, or is a superuser; {note}")
