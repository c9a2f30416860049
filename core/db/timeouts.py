"""Timeouts bound how long the database may take on the payment path before it gives up by itself."""

from typing import Final

TIMEOUTS: Final = {"lock_timeout": "1s", "statement_timeout": "2s", "idle_timeout": "4s"}
"""Lock < statement < the caller's deadline, so that the database gives up first.

The last is for a connection that is lost without being closed: its locks would be held until the server's keepalive
finds out, two hours later by default.
"""
