"""Migration errors say, in a sentence for the operator, what keeps a schema from being read or brought up to date."""


class MigrationError(Exception):
    """The database cannot be asked for its schema, or cannot be brought up to date."""


class TableInUseError(MigrationError):
    """A step could not lock a table in time because of other transactions."""


class SchemaNotServedError(MigrationError):
    """The schema is a newer release's, which does not promise that this one may serve on it."""


class UnreleasedSchemaError(MigrationError):
    """The schema is one from before the first release, which no migration continues."""

    def __init__(self, how_to_start_anew: str = "start anew with an empty one") -> None:
        super().__init__(
            "The database was made by a tiyin from before the first release and cannot be brought up to date: "
            f"{how_to_start_anew}."
        )


class UnreachableError(MigrationError):
    """Nobody answers at the database's address, or nobody is let in with it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"The database at {place} cannot be reached ({reason}): look at DATABASE_URL.")
