"""Hides secrets, and payments that are not the sandbox's own, in the calls that the page shows."""

import json
import re
from typing import Any, Final

PREFIX: Final = "sandbox-"
"""Begins the accounts of the page's own orders."""

MASK: Final = "•••"
SIGNATURE: Final = re.compile(r"(?m)(\bsign_string\W{1,4})[0-9A-Za-z]+")
"""A signature is as good as its secret: Click's are short enough to be found from it by trying."""

OWN_HOST: Final = re.compile(r"(?<=\s)https?://[^/\s]+")
"""Left out: every call goes to the page's own gateway."""


def shown_request(request: str) -> tuple[str, str]:
    """Split into the first line and the rest, formatted for reading."""
    first, _, rest = SIGNATURE.sub(rf"\1{MASK}", request).partition("\n")
    headers, gap, body = rest.partition("\n\n")
    first = OWN_HOST.sub("", first)
    return first, headers + gap + (_pretty(body) if _plain(body) else body)


def shown_answer(body: str, hidden: str) -> str:
    """Format the answer for reading. `hidden` stands for the other payments of a statement."""
    return _pretty(body, hidden)


def names_others(body: str) -> bool:
    """Whether a statement holds payments that are not the sandbox's own."""
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return any(not _ours(line) for line in _statement(decoded))


def _plain(body: str) -> bool:
    """Whether formatting changes only white space: a call that is malformed on purpose is shown as it was sent."""
    try:
        return json.dumps(json.loads(body)) == body
    except (ValueError, RecursionError):
        return False


def _pretty(body: str, hidden: str = "") -> str:
    try:
        decoded = json.loads(body)
        if lines := _statement(decoded):
            ours = [line for line in lines if _ours(line)]
            others = len(lines) - len(ours)
            decoded["result"]["transactions"] = [*ours, f"{others} × {hidden}"] if others else ours
        return json.dumps(decoded, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body


def _statement(decoded: Any) -> list[Any]:
    result = decoded.get("result") if isinstance(decoded, dict) else None
    lines = result.get("transactions") if isinstance(result, dict) else None
    return lines if isinstance(lines, list) else []


def _ours(line: Any) -> bool:
    account = line.get("account") if isinstance(line, dict) else None
    return isinstance(account, dict) and any(str(value).startswith(PREFIX) for value in account.values())
