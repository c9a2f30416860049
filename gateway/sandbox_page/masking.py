"""What the page may show of a call: no secret, and nothing of payments that are not the sandbox's own."""

import json
import re
from typing import Any, Final

PREFIX: Final = "sandbox-"
"""What the accounts of the page's own orders begin with."""

MASK: Final = "•••"
SIGNATURE: Final = re.compile(r"(?m)(\bsign_string\W{1,4})[0-9A-Za-z]+")
"""A signature is as good as its secret: Click's are short enough to be found from it by trying."""

OWN_HOST: Final = re.compile(r"(?<=\s)https?://[^/\s]+")
"""Says nothing: every call goes to the page's own gateway."""


def shown_request(request: str) -> tuple[str, str]:
    """Its first line, and the rest, laid out for reading."""
    first, _, rest = SIGNATURE.sub(rf"\1{MASK}", request).partition("\n")
    headers, gap, body = rest.partition("\n\n")
    first = OWN_HOST.sub("", first)
    return first, headers + gap + (_pretty(body) if _plain(body) else body)


def shown_answer(body: str, hidden: str) -> str:
    """The answer, laid out for reading. `hidden`: what stands for the payments of others in a statement."""
    return _pretty(body, hidden)


def names_others(body: str) -> bool:
    """Whether a statement holds payments that are not the sandbox's own."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return any(not _ours(line) for line in _statement(told))


def _plain(body: str) -> bool:
    """Whether laying it out changes nothing: what is sent amiss on purpose must be seen as it was sent."""
    try:
        return json.dumps(json.loads(body)) == body
    except (ValueError, RecursionError):
        return False


def _pretty(body: str, hidden: str = "") -> str:
    try:
        told = json.loads(body)
        if lines := _statement(told):
            ours = [line for line in lines if _ours(line)]
            others = len(lines) - len(ours)
            told["result"]["transactions"] = [*ours, f"{others} × {hidden}"] if others else ours
        return json.dumps(told, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body


def _statement(told: Any) -> list[Any]:
    result = told.get("result") if isinstance(told, dict) else None
    lines = result.get("transactions") if isinstance(result, dict) else None
    return lines if isinstance(lines, list) else []


def _ours(line: Any) -> bool:
    account = line.get("account") if isinstance(line, dict) else None
    return isinstance(account, dict) and any(str(value).startswith(PREFIX) for value in account.values())
