"""The shop behind a receiver: its orders in SQLite, as its own pages would see and change them."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from tests.examples.sender import Event

WAIT_SECONDS: Final = 30
_accounts = count(1001)


class Shop:
    def __init__(self, database: Path, orders: str, events: str) -> None:
        self.database, self.orders, self.events = database, orders, events

    def opens(self) -> str:
        """A fresh order's account."""
        account = str(next(_accounts))
        columns = "account, state, version, activations"
        self._run(f"INSERT INTO {self.orders} ({columns}) VALUES (?, 'awaiting', 0, 0)", account)
        return account

    def sets_back(self, account: str) -> None:
        self._run(f"UPDATE {self.orders} SET state = 'awaiting', version = 0 WHERE account = ?", account)

    def shows(self, account: str) -> tuple[str, int, int]:
        """State, version, and how often it was activated."""
        (found,) = self._run(f"SELECT state, version, activations FROM {self.orders} WHERE account = ?", account)
        return found

    def has_received(self, event: Event) -> bool:
        return bool(self._run(f"SELECT 1 FROM {self.events} WHERE id = ?", event["id"]))

    def waits_for(self, event: Event) -> None:
        """Return as soon as the event's transaction is committed."""
        until = time.monotonic() + WAIT_SECONDS
        while not self.has_received(event):
            assert time.monotonic() < until, "the event is never received"

    @contextmanager
    def without_orders(self) -> Iterator[None]:
        """The table is away: whoever is in the midst of a transaction fails."""
        self._run(f"ALTER TABLE {self.orders} RENAME TO away")
        yield
        self._run(f"ALTER TABLE away RENAME TO {self.orders}")

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.database, timeout=WAIT_SECONDS)) as db, db:
            return db.execute(statement, values).fetchall()
