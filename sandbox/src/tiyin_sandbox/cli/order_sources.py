"""Collects a command's orders, and counts them before the first call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from tiyin_sandbox.engine.checks import Kind
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.engine.orders import ApiOrders, BalanceOrder, NamedOrders, Order, Orders, OutOfOrders, TemplateOrders


@dataclass(frozen=True, slots=True)
class OrderSource:
    """Where a command's orders come from: accounts that were named, or the merchant API."""

    accounts: tuple[Order, ...]
    kind: Kind
    requirements: str
    """What every order must be: "one-time, awaiting payment of 500000 tiyin each"."""
    api_url: str | None = None
    api_token: str | None = field(default=None, repr=False)
    api_order: Mapping[str, Any] = field(default_factory=dict)
    """The fields of each order that the API opens, without its account."""

    async def collect(
        self,
        session: ClientSession,
        needed: int,
        repetition: int = 0,
        on_live: Callable[[], object] = lambda: None,
    ) -> tuple[Orders, Sequence[Order]]:
        """Return the orders, and those of them that are known beforehand. Raises CannotRun if they are too few.

        repetition: how often the same command ran already; a template goes on counting. on_live: called where tiyin
        says that what it has opened is no test order.
        """
        if self.api_token is not None and self.api_url is not None:
            return await self._from_api(session, needed, on_live)
        if self.kind == "accumulative" and self.accounts:
            return BalanceOrder(self.accounts[0]), self.accounts[:1]
        known = await self._from_accounts(needed, repetition)
        return NamedOrders(known), known

    async def _from_api(
        self, session: ClientSession, needed: int, on_live: Callable[[], object]
    ) -> tuple[Orders, Sequence[Order]]:
        assert self.api_token is not None
        assert self.api_url is not None
        orders = ApiOrders(session, self.api_url, self.api_token, self.api_order)
        if not needed:
            return orders, ()
        try:
            first = await orders.take()
        except OutOfOrders as error:
            raise CannotRun(f"No order can be opened: {error}") from None
        if orders.are_live:
            on_live()
        return (BalanceOrder(first) if self.kind == "accumulative" else orders), [first]

    async def _from_accounts(self, needed: int, repetition: int) -> list[Order]:
        if len(self.accounts) == 1 and _is_template(self.accounts[0]):
            template = TemplateOrders(self.accounts[0], first=1 + repetition * needed)
            return [await template.take() for _ in range(needed)]
        if len(self.accounts) < needed:
            raise CannotRun(
                f"Fresh orders needed: {needed} ({self.requirements}); given: {len(self.accounts)}."
                " Say --account more often, give a template such as --account 'order_id=test-{n}',"
                " or let tiyin open them: --api-token TOKEN."
            )
        return list(self.accounts)


def _is_template(order: Order) -> bool:
    return "{n}" in (order if isinstance(order, str) else "".join(order.values()))


def fields_of(account: str) -> dict[str, str]:
    """Read `order_id=1001`, or several fields joined by `&`."""
    pairs = [part.partition("=") for part in account.split("&")]
    if not all(name and equals for name, equals, _ in pairs):
        raise CannotRun(f"--account {account}: write it as FIELD=VALUE, for example order_id=1001")
    return {name: value for name, _, value in pairs}


def origin_of(url: str) -> str | None:
    """Return where the merchant API is, unless --api-url names it. None for what is no URL: check_host says why."""
    try:
        return str(URL(url).origin())
    except ValueError:
        return None
