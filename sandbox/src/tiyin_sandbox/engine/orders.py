"""Gives orders to the checks: from names, from a template, one balance, or opened through tiyin's merchant API."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import quote

from aiohttp import ClientSession, ClientTimeout

from tiyin_sandbox.engine.answer_bytes import read_bytes
from tiyin_sandbox.engine.clock import now
from tiyin_sandbox.engine.connection_errors import CONNECTION_ERRORS, describe_error

Order = str | Mapping[str, str]
"""How the payer's order is known: its account, or the account's fields with their values."""

UNKNOWN_ORDER: Final = "42141412412412341321"
"""The account of no order, as Payme's own test cabinet asks for it."""

TIMEOUT: Final = ClientTimeout(total=10)

NO_TERMS: Final[Mapping[str, Any]] = {}

ATTEMPT_YOUNG: Final = (
    "the gateway keeps a new attempt safe from its shop for RELEASE_AFTER seconds:"
    " set RELEASE_AFTER=0 where it is tested"
)


class OutOfOrders(Exception):  # noqa: N818 - said to a person as it stands
    """No fresh order can be had; the message says why."""


class TooEarly(Exception):  # noqa: N818 - said to a person as it stands
    """The shop may not do this with the order yet; the message says why, and what lets it."""


class Orders(Protocol):
    def left(self) -> int | None:
        """Return how many can still be taken; None if there is no end."""

    def can(self, verb: str) -> bool:
        """Tell whether the shop can be asked for this: a verb of `do`, or `expire` for `take_expiring`."""

    async def take(self) -> Order:
        """Take a fresh order that awaits payment. Raises OutOfOrders."""

    async def take_expiring(self, seconds: float) -> Order:
        """Take one that ends in so many seconds, and what was begun before with it. Raises OutOfOrders."""

    async def do(self, verb: str, order: Order, terms: Mapping[str, Any] = NO_TERMS) -> None:
        """Let the shop do something with an order that was taken. Raises OutOfOrders and TooEarly.

        `cancel`, `deliver`; `release`: end the attempt that holds it; `amend`: change its terms; `reopen`.
        """


class _ExternalOrders:
    """Orders that can be paid, and nothing more: the shop that keeps them cannot be asked for anything."""

    def left(self) -> int | None:
        return None

    def can(self, verb: str) -> bool:
        return False

    async def take_expiring(self, seconds: float) -> Order:
        raise OutOfOrders("these orders cannot be asked to expire")

    async def do(self, verb: str, order: Order, terms: Mapping[str, Any] = NO_TERMS) -> None:
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
        return verb in {"cancel", "deliver", "release", "amend", "reopen", "expire"}

    async def take(self) -> Order:
        return await self._open(self._order)

    async def take_expiring(self, seconds: float) -> Order:
        expires_at = now() + timedelta(seconds=seconds)
        strict = {"expires_at": expires_at.isoformat(timespec="milliseconds"), "strict_expiry": True}
        return await self._open({**self._order, **strict})

    async def do(self, verb: str, order: Order, terms: Mapping[str, Any] = NO_TERMS) -> None:
        account = order if isinstance(order, str) else next(iter(order.values()))
        path = f"/api/v1/orders/{quote(account, safe='')}"
        if verb == "amend":
            await self._call("PATCH", path, terms)
        else:
            await self._call("POST", f"{path}/{verb}", None)

    async def _open(self, fields: Mapping[str, Any]) -> str:
        account = next(self._names)
        opened = await self._call("POST", "/api/v1/orders", {"account": account, **fields})
        self.are_live = self.are_live or _field(opened, "test") is False
        return account

    async def _call(self, method: str, path: str, body: Any) -> str:
        headers = {"Authorization": f"Bearer {self._token}"}
        url = self._url + path
        try:
            async with self._session.request(
                method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                text = (await read_bytes(response)).decode(errors="replace")
        except CONNECTION_ERRORS as error:
            reason = describe_error(error)
            raise OutOfOrders(f"the merchant API at {self._url} does not answer: {reason}") from None
        if response.status == 409 and str(_field(text, "type")).endswith(":attempt_young"):
            raise TooEarly(ATTEMPT_YOUNG)
        if response.status not in (200, 201):
            raise OutOfOrders(f"the merchant API answered {response.status} to {method} {path}: {text[:300]}")
        return text


def _field(answer: str, name: str) -> Any:
    """Read one field of an answer; None if it has none."""
    try:
        return json.loads(answer)[name]
    except (ValueError, LookupError, TypeError):
        return None


def _names() -> Iterator[str]:
    """Make accounts that no other run uses."""
    run = secrets.token_hex(4)
    return (f"sandbox-{run}-{number}" for number in count(1))
