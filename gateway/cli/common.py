"""All commands share how the database is reached, which shop is meant, and the sentence for an error."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.config.settings import Settings, SettingsError
from inbound.shop_path import MAIN
from schema.test_mode import split, twin_of

if TYPE_CHECKING:
    from core import Core
    from gateway.database.schema_state import SchemaState

T = TypeVar("T")

OTHER_SCHEMA: Final = "The database's schema is not the one that this version needs: run `tiyin migrate` first."

NO_DATABASE: Final = (
    "There is no database: DATABASE_URL is not set, and none was made under {home}."
    " Go to the gateway's own directory, set DATABASE_URL or TIYIN_HOME, or make one: `tiyin migrate --embedded`."
)


class Failure(Exception):  # noqa: N818 - it is an answer to the operator
    """The command cannot be done; the text says why."""


@contextmanager
def address(settings: Settings, *, may_create: bool = False) -> Iterator[str]:
    """Give the database's address, whatever its schema; the embedded one is started.

    `may_create`: where there is none, an embedded one is made. In the wrong directory, any other command would answer
    for books that nobody keeps.
    """
    from gateway.database.migration_errors import UnreleasedSchemaError

    if settings.database_url is None:
        from gateway.database.embedded import embedded_database, exists

        if not may_create and not exists(settings.tiyin_home):
            raise Failure(NO_DATABASE.format(home=settings.tiyin_home))
        opened: AbstractContextManager[str] = embedded_database(settings.tiyin_home)
        how = f"remove {settings.tiyin_home / 'postgres'} and try again"
    else:
        opened = nullcontext(settings.database_url.get_secret_value())
        how = "drop it, create it again, and run `tiyin migrate`"
    try:
        with opened as url:
            yield url
    except UnreleasedSchemaError:
        raise UnreleasedSchemaError(how) from None


@contextmanager
def database(settings: Settings, *, may_create: bool = False) -> Iterator[str]:
    """Give the address of the database with a schema that this release serves on."""
    with address(settings, may_create=may_create) as url:
        schema_to_serve_on(settings, url)
        yield url


def schema_to_serve_on(settings: Settings, url: str) -> "SchemaState":
    """Return what the schema is. Only that of the embedded database is migrated unasked, and never a newer release's.

    Raises Failure, or SchemaNotServedError, where this release does not serve on it.
    """
    from gateway.database.schema_state import bring_up_to_date

    return bring_up_to_date(url) if settings.database_url is None else served_schema(url)


def served_schema(url: str) -> "SchemaState":
    """Return what the schema is, changing nothing. Raises as `schema_to_serve_on` does."""
    from gateway.database.schema_state import schema_state

    schema = schema_state(url)
    if schema.is_behind:
        raise Failure(OTHER_SCHEMA)
    return schema


def with_core(settings: Settings, ask: "Callable[[Core], Awaitable[T]]") -> T:
    """Ask the core of the database, as `database` gives it."""
    from gateway.app import open_core

    async def act(url: str) -> T:
        async with open_core(settings, url) as core:
            return await ask(core)

    with database(settings) as url:
        return asyncio.run(act(url))


def place_of(settings: Settings, url: str) -> str:
    """Name the database for people, without its password."""
    from gateway.database.libpq_address import libpq_url

    if settings.database_url is None:
        return f"the embedded database under {settings.tiyin_home}"
    return f"the database at {libpq_url(url)}"


def shop_of(settings: Settings, name: str | None, *, test: bool = False) -> str:
    """Choose the shop: the one that has or had the name, or the only one, or `main`. `test`: its test mode.

    Returns its stored name, as the core takes it.
    """
    shops = settings.stored_names
    shop = name or (next(iter(shops)) if len(shops) == 1 else MAIN)
    shop = settings.former_names.get(shop, shop)
    if shop not in shops:
        known = ", ".join(sorted(shops))
        raise Failure(f"There is no shop {shop!r}; --shop takes one of: {known}.")
    return twin_of(shops[shop]) if test else shops[shop]


def shown_shop(settings: Settings, shop: str) -> str:
    """Name the shop for people as the settings do, and say so if it is its test mode."""
    stored, test = split(shop)
    name = settings.former_names.get(stored, stored)
    return f"{name} (test mode)" if test else name


def sentence(error: Exception) -> str:
    """Say what went wrong, in words and without a traceback."""
    from core import Suspended, TryAgain, Unreconciled, in_words
    from gateway.database.errors import EmbeddedError
    from gateway.database.migration_errors import MigrationError

    if isinstance(error, SettingsError):
        return "\n".join(f"{line}." for line in error.sentences)
    if isinstance(error, Suspended):
        return "The database was restored from a copy and is not in use yet: run `tiyin db restored`."
    if isinstance(error, Unreconciled):
        return (
            "A payment from before the restore may be paid already: compare it with the provider's cabinet, and run"
            " `tiyin db restored --done` once that is done for all."
        )
    if isinstance(error, TryAgain):
        return "The database does not answer in time; whether it was done is not known: ask again."
    if isinstance(error, Failure | EmbeddedError | MigrationError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or type(error).__name__}."
    if (reason := in_words(error)) is not None:
        return f"The database could not be asked: {reason}."
    return f"Unexpected error: {type(error).__name__}: {error}"
