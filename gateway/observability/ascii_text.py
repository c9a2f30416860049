"""ASCII is what every database can hold, whatever its encoding: other characters are escaped as JSON escapes them."""

import json
import re
from typing import Any, Final

_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def in_ascii(row: dict[str, Any]) -> dict[str, Any]:
    """Escape the texts of the journal's row. What was JSON is still the same JSON."""
    return {name: _escaped(value) if isinstance(value, str) else value for name, value in row.items()}


def _escaped(text: str) -> str:
    return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
