"""Failover connects to that one of several servers which can be written to now, without a restart."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from core.db.connect_errors import connect_error


def failover_connector() -> Callable[..., Awaitable[Any]]:
    """Make a function that connects as asyncpg does, and begins with the server that was right the last time.

    Each server has its share of the time: one that is silent, as a dead machine is, leaves the others theirs. asyncpg
    would wait for the first one alone, and would not go on after one that closes the connection.
    """
    first = 0

    async def connect(*, host: Any = None, port: Any = None, **options: Any) -> Any:
        nonlocal first
        servers = _servers(host, port)
        options["timeout"] /= len(servers)
        last_error: Exception | None = None
        for number in (*range(first, len(servers)), *range(first)):
            host, port = servers[number]
            try:
                connection = await asyncpg.connect(host=host, port=port, **options)
            except Exception as error:
                last_error = connect_error(error, options["timeout"])
                last_error.__cause__ = None if last_error is error else error
                continue
            first = number
            return connection
        assert last_error is not None, "there is at least one server"
        raise last_error

    return connect


def _servers(host: Any, port: Any) -> Sequence[tuple[Any, Any]]:
    if not isinstance(host, list | tuple):
        return [(host, port)]
    ports = port if isinstance(port, list | tuple) else [port] * len(host)
    return list(zip(host, ports, strict=True))
