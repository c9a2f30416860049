"""Every connection that this process tries to make, seen below all of our code and stopped before it is made."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_watching: list[list[Any]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watching:
        _watching[-1].append(arguments[1])
        raise ConnectionRefusedError("No test connects to this address.")


sys.addaudithook(_hook)
"""For as long as the process lives; it looks only while somebody wants it to."""


@contextmanager
def connections() -> Iterator[list[Any]]:
    """What was to be connected to; nothing was."""
    made: list[Any] = []
    _watching.append(made)
    try:
        yield made
    finally:
        _watching.remove(made)
