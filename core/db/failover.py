"""Connecting to whichever of several servers can be written to now, so that a failover needs no restart."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg


def failover_connector() -> Callable[..., Awaitable[Any]]:
    """Connects as asyncpg does, and begins with the server that was the right one the last time.

    Each server has its share of the time: one that is silent, as a dead machine is, leaves the others theirs. asyncpg
    would wait for the first one alone, and would not go on after one that hangs up.
    """
    first = 0

    async def connect(*, host: Any = None, port: Any = None, **more: Any) -> Any:
        nonlocal first
        servers = _servers(host, port)
        more["timeout"] /= len(servers)
        trouble: Exception | None = None
        for number in (*range(first, len(servers)), *range(first)):
            host, port = servers[number]
            try:
                found = await asyncpg.connect(host=host, port=port, **more)
            except Exception as error:
                trouble = error
                continue
            first = number
            return found
        assert trouble is not None, "there is at least one server"
        raise trouble

    return connect


def _servers(host: Any, port: Any) -> Sequence[tuple[Any, Any]]:
    if not isinstance(host, list | tuple):
        return [(host, port)]
    ports = port if isinstance(port, list | tuple) else [port] * len(host)
    return list(zip(host, ports, strict=True))
