"""These exceptions say that the core cannot answer."""


class TryAgain(Exception):  # noqa: N818 - it is an answer to the caller, not an error of its own
    """The core cannot say anything certain in time: the database is away, it is overloaded, or the deadline passed.

    The command may or may not have been done; the same command again makes sure.
    """


class ClockDisagrees(TryAgain):
    """It would end something, or refuse, by a clock that the database does not share; nothing was done."""


class Suspended(TryAgain):
    """The database was restored from a copy and is not in use yet: whatever it says may be false. Nothing was done."""


class Unreconciled(TryAgain):
    """It would end a payment from before a restore, which may have been paid after the copy was made."""


class Overloaded(TryAgain):
    """There is more to do than can be done in time; nothing was begun. This answer has to be cheap, too."""
