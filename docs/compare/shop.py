"""What the shops of the comparison have in common: a key, an amount, orders that wait for payment, and a database."""

import os
from pathlib import Path
from typing import Any, Final

KEY: Final = "t7&G3#?wTLobCaB4dkQvMVgiMCBU9D4a"
SERVICE_ID: Final = "54321"
SECRET: Final = "Kx7-demo-SECRET"
SOM: Final = 500
"""What every order costs; Click's test program has always paid as much."""

ORDERS: Final = range(1, int(os.environ.get("COMPARE_ORDERS", "400")) + 1)
POSTGRES: Final = os.environ.get("COMPARE_POSTGRES")
"""Folder of a PostgreSQL's socket; each shop has a database of its own there. Otherwise SQLite."""

HOST: Final = "127.0.0.1"


def fresh_database(name: str) -> Path:
    """An empty place for SQLite, outside of the project."""
    folder = Path(os.environ.get("COMPARE_DATA", "/tmp/tiyin-compare"))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}.sqlite3*"):
        old.unlink()
    return folder / f"{name}.sqlite3"


def with_confirm_id(answer: Any) -> Any:
    """Click's answer 0 with the one word more that Click's test program asks for."""
    if not isinstance(answer, dict) or answer.get("error") != 0:
        return answer
    return {"merchant_confirm_id": answer.get("merchant_prepare_id"), **answer}
