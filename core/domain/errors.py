"""These exceptions say that the core cannot answer."""


class TryAgain(Exception):  # noqa: N818 - it is an answer to the caller, not an error of its own
    """The core cannot say anything certain in time: the database is away, it is overloaded, or the deadline passed.

    The command may or may not have been done; the same command again makes sure.
    """


class ClockDisagrees(TryAgain):
    """It would end something, or refuse, by a clock that the database does not share; nothing was done."""


class Overloaded(TryAgain):
    """There is more to do than can be done in time; nothing was begun. This answer has to be cheap, too."""
