"""A path names one order; here it is read, and written."""

from typing import Final
from urllib.parse import quote, unquote_to_bytes

from aiohttp import web

from core import Refusal
from inbound.account_text import is_account_text
from merchant_api.errors import PROBLEMS, Problem

ORDERS: Final = "/api/v1/orders"


def read_account(request: web.Request) -> str:
    """The path's account, decoded from the path as it was sent: `%2F` in it is a slash, `%2E` a dot.

    What no account can be is answered like an account that nobody has.
    """
    account = account_in(request)
    if account is None:
        raise Problem(PROBLEMS[Refusal.ORDER_NOT_FOUND])
    return account


def account_in(request: web.Request) -> str | None:
    """The path's account; None where it has none that could be one."""
    path = request.rel_url.raw_path
    if not path.startswith(f"{ORDERS}/"):
        return None
    segment = path.removeprefix(f"{ORDERS}/").split("/")[0]
    try:
        account = unquote_to_bytes(segment).decode()
    except UnicodeError:
        return None
    return account if is_account_text(account) else None


def path_of(account: str) -> str:
    """An order's path. Dots are escaped too where they alone would be taken for directories."""
    segment = quote(account, safe="")
    return f"{ORDERS}/{segment.replace('.', '%2E') if account in ('.', '..') else segment}"
