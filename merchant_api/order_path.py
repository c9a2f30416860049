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
    segment = request.rel_url.raw_path.removeprefix(f"{ORDERS}/").split("/")[0]
    try:
        account = unquote_to_bytes(segment).decode()
    except UnicodeError:
        account = ""
    if not is_account_text(account):
        raise Problem(PROBLEMS[Refusal.ORDER_NOT_FOUND])
    return account


def path_of(account: str) -> str:
    """An order's path. Dots are escaped too where they alone would be taken for directories."""
    segment = quote(account, safe="")
    return f"{ORDERS}/{segment.replace('.', '%2E') if account in ('.', '..') else segment}"
