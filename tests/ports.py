"""Ports for processes that have to be told one before they start."""

import random
import socket
from typing import Final

BELOW_EPHEMERAL: Final = range(15_000, 30_000)
"""Where neither the kernel's choice for outgoing connections (from 32768 up) nor a `bind` to port 0 falls."""

_given: set[int] = set()


def unused_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that this process has not given before.

    Between this and the process's own `bind` somebody else could take it; a connection that goes out never does.
    """
    while True:
        port = random.SystemRandom().choice(BELOW_EPHEMERAL)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
