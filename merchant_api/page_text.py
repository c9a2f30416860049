"""The text of a page of orders is written order by order, until the page holds enough."""

import json
from collections.abc import Sequence

from core import Cursor, Shown
from merchant_api.context import Links
from merchant_api.list_query import cursor_of
from merchant_api.responses import order_body


class PageText:
    """Takes orders while there is room: as text, because only then their size is known."""

    def __init__(self, links: Links, room: int, *, test: bool) -> None:
        """`room`: in bytes. A page has at least one order, however large it is."""
        self._links = links
        self._room = room
        self._test = test
        self._items: list[str] = []

    def take(self, shown: Shown) -> bool:
        """Write the order; False where it does not fit any more."""
        item = order_body(shown, self._links).model_dump_json()
        self._room -= len(item.encode())
        if self._items and self._room < 0:
            return False
        self._items.append(item)
        return True

    def text(self, after: Cursor | None) -> str:
        """Return the page (`wire.Page`). `after`: where the one after it begins; None on the last."""
        cursor = None if after is None else cursor_of(after)
        return _object(test=json.dumps(self._test), items=_array(self._items), next=json.dumps(cursor))


def _array(items: Sequence[str]) -> str:
    return f"[{','.join(items)}]"


def _object(**members: str) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}"
