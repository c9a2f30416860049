"""Engines are pools of connections to the database, each with the settings and timeouts of its purpose."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.db.autocommit import POOLED
from core.db.errors import READ_ONLY, sqlstate_of
from core.db.failover import failover_connector
from core.db.timeouts import TIMEOUTS

CONNECT_SECONDS: Final = 2.0
"""A database that does not even take the connection is away; the caller's deadline is four seconds."""

POOL_SECONDS: Final = 1.0
"""For a free connection of the pool: a caller that waits longer would miss its deadline."""

COMMAND_SECONDS: Final = 3.0
"""For one statement, where nothing else is said: within the caller's deadline, with a second to say so."""

REPORT_SECONDS: Final = 5.0
"""For one statement of a report, which is a page at most; a payment's are bounded by its deadline."""

AUDIT_SECONDS: Final = 600.0
"""For one query of an audit. A million payments take seconds; this is enough for a hundred million."""

KEEPALIVE: Final = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""The server's: so that it finds out within a minute, not two hours, that a gateway is gone without closing."""

PLANNER_SETTINGS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
"""For the payment path, whose statements look up a few rows by index and nothing else.

Planning them anew takes several times longer than running them. And what the planner finds best for tables that are
empty, or not yet analysed, it goes on using while they fill. A scan that is switched off, and made all the same because
there is no index, looks so expensive that the server would compile the statement first: for a tenth of a second.
"""


def set_locally(settings: Mapping[str, str]) -> str:
    """Write the statement after which these settings hold until the transaction ends."""
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


PAYMENT_TIMEOUTS: Final = {
    "lock_timeout": TIMEOUTS["lock_timeout"],
    "statement_timeout": TIMEOUTS["statement_timeout"],
    "idle_in_transaction_session_timeout": TIMEOUTS["idle_timeout"],
}
"""From the BEGIN on. The first statement sets them for its transaction, but only when it runs: not while it waits for a
table that a migration has locked. We abort by then; the server would let it wait on, for as long as that takes."""

REPORT_TIMEOUTS: Final = {"statement_timeout": f"{REPORT_SECONDS:.0f}s"}
"""The server gives a statement up when we do, and does not go on for nobody."""

BEHIND_POOLER: Final = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: f"__tiyin_{uuid4().hex}__",
}
"""For connections through a pooler. A statement prepared on one server connection is unknown on the next, and those of
others, or of our own former process, are still there: keep none, and never use a name again."""


def make_engine(
    url: str,
    size: int,
    *,
    pooled: bool,
    command_timeout: float = COMMAND_SECONDS,
    settings: Mapping[str, str] | None = None,
) -> AsyncEngine:
    """Make a pool of at most `size` connections. A broken one fails its first statement and is replaced."""
    arguments: dict[str, Any] = {
        "timeout": CONNECT_SECONDS,
        "command_timeout": command_timeout,
        "async_creator_fn": failover_connector(),
    }
    if pooled:
        arguments |= BEHIND_POOLER
    else:
        arguments["server_settings"] = {"application_name": "tiyin", "timezone": "UTC", **KEEPALIVE, **(settings or {})}
    pool = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        connect_args=arguments,
        hide_parameters=True,
        execution_options={POOLED: pooled},
    )
    event.listen(pool.sync_engine, "handle_error", _discard_connection)
    return pool


def _discard_connection(context: ExceptionContext) -> None:
    """Drop a connection that gave no answer in time, or leads to a server that may only be read."""
    error = context.original_exception
    if isinstance(error, TimeoutError) or sqlstate_of(error) == READ_ONLY:
        context.is_disconnect = True
