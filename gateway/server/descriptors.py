"""Descriptors are what connections and files are held by; the system gives a process so many of them and no more."""

import resource
from typing import Final

DESCRIPTORS_MAX: Final = 65_536
"""More than any machine has calls for; and some programs go through all that they may have."""

RESERVE: Final = 64
"""Kept from callers: for the database, the log, the metrics' files, and what libraries open for a moment."""


def raise_limit() -> None:
    """Raise this process's limit of open files as far as the system lets it. Children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return DESCRIPTORS_MAX if soft == resource.RLIM_INFINITY else soft


def is_reserved(descriptor: int) -> bool:
    """Whether it is one of the last ones. The system gives the lowest that is free: all below it are in use."""
    return descriptor >= limit() - RESERVE


def is_last_reserve(descriptor: int) -> bool:
    """Whether half of those are in use, too."""
    return descriptor >= limit() - RESERVE // 2
