"""Timeouts bound how long the database may take on the payment path before it gives up by itself."""

from typing import Final

TIMEOUTS: Final = {
    "lock_timeout": "1s",
    "batch_lock_timeout": "200ms",
    "statement_timeout": "2s",
    "idle_timeout": "4s",
}
"""Lock < statement < the caller's deadline, so that the database gives up first.

The last is for a connection that is lost without being closed: its locks would be held until the server's keepalive
finds out, two hours later by default.

A batch waits for no row that is there, but it does for one that another transaction is about to insert with the same
key, and for a table that a migration takes. Such a wait is short, or somebody stands still: then the commands of the
batch are run one by one, and only those whose key it is wait on.
"""
