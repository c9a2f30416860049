"""What every command needs: the settings, the database, and a way to say what is wrong."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.config.settings import Settings, SettingsError, load


class Failure(Exception):  # noqa: N818 - it is an answer to whoever typed the command
    """The command cannot be done; the text says why."""


def say(text: str) -> None:
    """To the person at the terminal, beside what the command answers."""
    print(text, file=sys.stderr)  # noqa: T201


def settings(*, shops_required: bool = True) -> Settings:
    return load(shops_required=shops_required)


@contextmanager
def address(settings: Settings) -> Iterator[str]:
    """Where the database is, whatever its schema; the embedded one is started."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from gateway.database.embedded import embedded_database

    with embedded_database(settings.tiyin_home) as url:
        yield url


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Where the database is, with the newest schema. Only the embedded one is migrated unasked."""
    from gateway.database import migrations

    with address(settings) as url:
        if settings.database_url is None:
            migrations.upgrade(url)
        elif not migrations.is_current(url):
            raise Failure("The database's schema is not the one that this version needs: run `tiyin migrate` first.")
        yield url


def shop_of(settings: Settings, named: str | None) -> str:
    """The shop that is meant: the one named, or the only one, or `main`."""
    shops = list(settings.shops)
    shop = named or (shops[0] if len(shops) == 1 else "main")
    if shop not in shops:
        known = ", ".join(sorted(shops))
        raise Failure(f"There is no shop {shop!r}; --shop takes one of: {known}.")
    return shop


def sentence(trouble: Exception) -> str:
    """What went wrong, in words and without a traceback."""
    from core import TryAgain
    from gateway.database.cluster import EmbeddedError

    if isinstance(trouble, SettingsError):
        return "\n".join(f"{line}." for line in trouble.sentences)
    if isinstance(trouble, TryAgain):
        return "The database does not answer in time; whether it was done is not known: ask again."
    if isinstance(trouble, Failure | EmbeddedError) or type(trouble).__name__ == "MigrationError":
        return str(trouble)
    if isinstance(trouble, OSError) and trouble.strerror:
        return f"{trouble.strerror}: {trouble.filename or type(trouble).__name__}."
    return f"Unexpected trouble: {type(trouble).__name__}: {trouble}"
