"""Errors of the embedded database say, in a sentence for the operator, why it cannot be used."""


class EmbeddedError(Exception):
    """The embedded database cannot be used; the text is for the operator."""


class DatabaseLostError(EmbeddedError):
    """Where a database was there is none."""
