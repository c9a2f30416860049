"""Items, metadata and receipts are stored as JSON text; no decision depends on them."""

import json
from collections.abc import Mapping
from typing import Any


def from_json(text: Any) -> Any:
    """Parse JSON as PostgreSQL returns it: text in hand-written statements, values where SQLAlchemy knows the type."""
    return json.loads(text) if isinstance(text, str) else text


def to_json(value: Any) -> str:
    """Write JSON for a jsonb column."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
