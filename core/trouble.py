"""When the core cannot answer."""


class TryAgain(Exception):  # noqa: N818 - it is an answer to the caller, not a fault of its own
    """Nothing certain can be said in time: the database is away, too much is under way, or the deadline passed.

    What was asked may or may not have been done; the same command again settles it.
    """
