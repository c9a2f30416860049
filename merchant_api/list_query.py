"""Reads which part of a list is wanted: what it is searched for, a state, a limit, and a cursor where it begins."""

import base64
import re
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from multidict import MultiMapping

from core import SEARCH_MAX_CHARACTERS, Cursor, is_search_text
from merchant_api.errors import invalid
from merchant_api.wire import FieldError
from schema.values import OrderState, from_ms, to_ms

OF_ORDERS: Final = ("find", "state", "limit", "cursor")
OF_PAYMENTS: Final = ("limit", "cursor")
DEFAULT_LIMIT: Final = 50

LIMIT: Final = re.compile(r"[1-9][0-9]?|100")
_CURSOR: Final = re.compile(r"(-?[0-9]{1,15})\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted."""

    find: str | None = None
    state: OrderState | None = None
    limit: int = DEFAULT_LIMIT
    after: Cursor | None = None


def read_window(request: web.Request, parameters: Sequence[str] = OF_ORDERS) -> Window:
    """An empty parameter says nothing; an unknown one, or one that comes twice, is an error."""
    query = request.query
    field_errors = parameter_errors(query, parameters)
    find, state, limit, cursor = (query.get(name, "") if name in parameters else "" for name in OF_ORDERS)
    if state and state not in set(OrderState):
        field_errors.append(FieldError(field="state", message=f"must be one of {', '.join(OrderState)}"))
    if find and not is_search_text(find):
        message = f"must be 1-{SEARCH_MAX_CHARACTERS} characters, none of them a control character, and not only spaces"
        field_errors.append(FieldError(field="find", message=message))
    if find and state:
        field_errors.append(FieldError(field="state", message="cannot be combined with find: leave one of them out"))
    if limit and not LIMIT.fullmatch(limit):
        field_errors.append(FieldError(field="limit", message="must be a whole number from 1 to 100"))
    after = _after(cursor) if cursor else None
    if cursor and after is None:
        field_errors.append(FieldError(field="cursor", message="must be the `next` of an earlier page"))
    if field_errors:
        raise invalid(*field_errors)
    return Window(find or None, OrderState(state) if state else None, int(limit) if limit else DEFAULT_LIMIT, after)


def parameter_errors(query: MultiMapping[str], parameters: Sequence[str]) -> list[FieldError]:
    """Say which parameters are unknown, and which came twice."""
    return [
        *(
            FieldError(field=_shown(name), message="is not a parameter of this list")
            for name in dict.fromkeys(query)
            if name not in parameters
        ),
        *(FieldError(field=name, message="came twice") for name in parameters if len(query.getall(name, [])) > 1),
    ]


def cursor_of(after: Cursor) -> str:
    """Opaque to the shop: the time and id of the page's last order or payment."""
    moment, order_id = after
    return base64.urlsafe_b64encode(f"{to_ms(moment)}.{order_id}".encode()).decode().rstrip("=")


def _after(cursor: str) -> Cursor | None:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        match = _CURSOR.fullmatch(text)
        return (from_ms(int(match[1])), int(match[2])) if match else None
    except (NotBase64, ValueError, OverflowError):
        return None


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
