"""Gives orders to the checks: from names, from a template, one balance, or opened through tiyin's merchant API."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout

Order = str | Mapping[str, str]
"""How the payer's order is known: its account, or the account's fields with their values."""

UNKNOWN_ORDER: Final = "42141412412412341321"
"""The account of no order, as Payme's own test cabinet asks for it."""

TIMEOUT: Final = ClientTimeout(total=10)


class OutOfOrders(Exception):  # noqa: N818 - said to a person as it stands
    """No fresh order can be had; the message says why."""


class Orders(Protocol):
    def left(self) -> int | None:
        """Return how many can still be taken; None if there is no end."""

    def can(self, verb: str) -> bool:
        """Tell whether the shop can be asked for this action (`cancel`, `deliver`)."""

    async def take(self) -> Order:
        """Take a fresh order that awaits payment. Raises OutOfOrders."""

    async def do(self, verb: str, order: Order) -> None:
        """Let the shop cancel or deliver an order that was taken. Raises OutOfOrders."""


class _ExternalOrders:
    """Orders that can be paid, and nothing more: the shop that keeps them cannot be asked for anything."""

    def left(self) -> int | None:
        return None

    def can(self, verb: str) -> bool:
        return False

    async def do(self, verb: str, order: Order) -> None:
        raise OutOfOrders(f"these orders cannot be asked to {verb}")


class NamedOrders(_ExternalOrders):
    """Orders that exist already, each used once."""

    def __init__(self, accounts: Sequence[Order]) -> None:
        self._fresh = list(accounts)

    def left(self) -> int | None:
        return len(self._fresh)

    async def take(self) -> Order:
        if not self._fresh:
            raise OutOfOrders("no order is left")
        return self._fresh.pop(0)


class TemplateOrders(_ExternalOrders):
    """Orders whose names count up: `test-{n}` is test-1, test-2 …; they must exist."""

    def __init__(self, template: Order, first: int = 1) -> None:
        self._template = template
        self._numbers = count(first)

    async def take(self) -> Order:
        number = str(next(self._numbers))
        if isinstance(self._template, str):
            return self._template.replace("{n}", number)
        return {name: value.replace("{n}", number) for name, value in self._template.items()}


class BalanceOrder(_ExternalOrders):
    """One accumulative account, which is never used up."""

    def __init__(self, order: Order) -> None:
        self._order = order

    async def take(self) -> Order:
        return self._order


class ApiOrders:
    """Orders that tiyin opens when they are needed, through its merchant API."""

    def __init__(self, session: ClientSession, url: str, token: str, order: Mapping[str, Any]) -> None:
        """url: of the gateway, without a path. order: the fields of each order, without its account."""
        self._session, self._url, self._token, self._order = session, url.rstrip("/"), token, order
        self._names = _names()
        self.are_live = False
        """Whether tiyin has said of an order that it is none of its test mode's."""

    def left(self) -> int | None:
        return None

    def can(self, verb: str) -> bool:
        return verb in {"cancel", "deliver"}

    async def take(self) -> Order:
        account = next(self._names)
        opened = await self._post("/api/v1/orders", {"account": account, **self._order})
        self.are_live = self.are_live or _is_live(opened)
        return account

    async def do(self, verb: str, order: Order) -> None:
        account = order if isinstance(order, str) else next(iter(order.values()))
        await self._post(f"/api/v1/orders/{quote(account, safe='')}/{verb}", None)

    async def _post(self, path: str, body: Any) -> str:
        headers = {"Authorization": f"Bearer {self._token}"}
        url = self._url + path
        try:
            async with self._session.post(
                url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
        except (ClientError, TimeoutError) as error:
            raise OutOfOrders(f"the merchant API at {self._url} does not answer: {error}") from None
        if response.status not in (200, 201):
            raise OutOfOrders(f"the merchant API answered {response.status} to POST {path}: {text[:300]}")
        return text


def _is_live(order: str) -> bool:
    try:
        return json.loads(order)["test"] is False
    except (ValueError, LookupError, TypeError):
        return False


def _names() -> Iterator[str]:
    """Make accounts that no other run uses."""
    run = secrets.token_hex(4)
    return (f"sandbox-{run}-{number}" for number in count(1))
