"""Reads which part of a list of deliveries is wanted: a state, an account, a limit, and a cursor where it begins."""

import base64
import re
from binascii import Error as NotBase64
from typing import Final, NamedTuple

from aiohttp import web

from core import DeliveryCursor
from inbound.account_text import is_account_text
from merchant_api.errors import invalid
from merchant_api.list_query import DEFAULT_LIMIT, LIMIT, parameter_errors
from merchant_api.wire import FieldError
from schema.webhooks import DeliveryState

PARAMETERS: Final = ("state", "account", "limit", "cursor")

_CURSOR: Final = re.compile(r"([0-9]{1,19})\.([0-9]{1,10})")
_EVENT_MAX: Final = 2**63 - 1
_ENDPOINT_MAX: Final = 2**31 - 1


class DeliveryWindow(NamedTuple):
    """Which part of a list of deliveries is wanted."""

    state: DeliveryState | None
    account: str | None
    limit: int
    after: DeliveryCursor | None


def read_delivery_window(request: web.Request) -> DeliveryWindow:
    """An empty parameter says nothing; an unknown one, or one that comes twice, is an error."""
    field_errors = parameter_errors(request.query, PARAMETERS)
    state, account, limit, cursor = (request.query.get(name, "") for name in PARAMETERS)
    if state and state not in set(DeliveryState):
        field_errors.append(FieldError(field="state", message=f"must be one of {', '.join(DeliveryState)}"))
    if account and not is_account_text(account):
        field_errors.append(FieldError(field="account", message="must be 1-255 characters, none a control character"))
    if limit and not LIMIT.fullmatch(limit):
        field_errors.append(FieldError(field="limit", message="must be a whole number from 1 to 100"))
    after = _after(cursor) if cursor else None
    if cursor and after is None:
        field_errors.append(FieldError(field="cursor", message="must be the `next` of an earlier page"))
    if field_errors:
        raise invalid(*field_errors)
    return DeliveryWindow(
        DeliveryState(state) if state else None, account or None, int(limit) if limit else DEFAULT_LIMIT, after
    )


def cursor_of(after: DeliveryCursor) -> str:
    """Opaque to the shop."""
    return base64.urlsafe_b64encode(f"{after.event_id}.{after.endpoint_id}".encode()).decode().rstrip("=")


def _after(cursor: str) -> DeliveryCursor | None:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (NotBase64, ValueError):
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or int(match[1]) > _EVENT_MAX or int(match[2]) > _ENDPOINT_MAX:
        return None
    return DeliveryCursor(int(match[1]), int(match[2]))
