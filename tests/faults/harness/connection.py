"""A connection to a database at the address that a gateway is given, without the gateway's own means."""

from typing import Any

import asyncpg
from sqlalchemy.engine import make_url


async def connect(database_url: str, **settings: str) -> "asyncpg.Connection[Any]":
    """`settings`: of the session. The caller closes it."""
    url = make_url(database_url)
    return await asyncpg.connect(
        host=str(url.query.get("host", url.host)),
        port=url.port or 5432,
        user=url.username,
        database=url.database,
        server_settings=settings,
    )
