"""A traceback holds the frames it passed through, and with them all that a caller sent."""


def drop_traceback(error: BaseException) -> None:
    """Drop the tracebacks of an error that is dealt with, and of its causes.

    Where a frame holds its own error, as a stream does that will raise it again, the two keep each other and the
    caller's bytes in memory until the garbage collector passes. It counts objects, and a stranger's are few and large.
    """
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is not None and each.__traceback__ is not None:
            each.__traceback__ = None
            left += (each.__cause__, each.__context__)
