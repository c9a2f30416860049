"""When the core cannot answer."""


class TryAgain(Exception):  # noqa: N818 - it is an answer to the caller, not a fault of its own
    """Nothing certain can be said in time: the database is away, too much is under way, or the deadline passed.

    What was asked may or may not have been done; the same command again settles it.
    """


class Overloaded(TryAgain):
    """There is more to do than can be done in time: nothing was begun. Who is told so should not cost much either."""
