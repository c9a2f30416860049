"""Describes a gateway for a test file: the address, the secret, and how to make an order that can be paid."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from aiohttp import ClientSession

from tiyin_sandbox.click.caller import ClickCaller
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.checks import Check, Kind
from tiyin_sandbox.engine.host_safety import check_host
from tiyin_sandbox.engine.orders import ApiOrders, NamedOrders, Order, Orders
from tiyin_sandbox.engine.results import Outcome
from tiyin_sandbox.engine.runner import run_check
from tiyin_sandbox.payme.caller import PaymeCaller


@dataclass(frozen=True, slots=True)
class TiyinOrders:
    """Orders that tiyin opens itself, through its merchant API at `url`."""

    url: str
    token: str = field(repr=False)


MakeOrder = Callable[[], Order | Awaitable[Order]] | TiyinOrders
"""A function that makes a fresh, unpaid order each time and returns its account. It may be a coroutine function."""


@dataclass(frozen=True, slots=True)
class Payme:
    url: str
    key: str = field(repr=False)
    order: MakeOrder
    amount: int = 500_000
    """What every order costs, in tiyin."""
    login: str = "Paycom"
    field: str = "order_id"
    """Of the account, if `order` returns a text alone."""
    reservation: float | None = None
    """Seconds after which another transaction may take a held order over; a strict check waits that long."""
    yes_this_host: str | None = None
    """The gateway's host, if it is not this machine: the checks pay and cancel orders there."""

    @property
    def urls(self) -> Sequence[str]:
        return [self.url]

    @property
    def amount_tiyin(self) -> int:
        return self.amount

    def caller(self, session: ClientSession) -> Caller:
        return PaymeCaller(
            session,
            self.url,
            self.key,
            self.login,
            amount=self.amount,
            field=self.field,
            reservation=self.reservation,
        )


@dataclass(frozen=True, slots=True)
class Click:
    prepare_url: str
    service_id: int
    secret: str = field(repr=False)
    order: MakeOrder
    complete_url: str | None = None
    """None if both calls go to one address."""
    amount: str = "500"
    """What every order costs, in so'm."""
    yes_this_host: str | None = None
    """The gateway's host, if it is not this machine: the checks pay and cancel orders there."""

    @property
    def urls(self) -> Sequence[str]:
        return [self.prepare_url, self.complete_url or self.prepare_url]

    @property
    def amount_tiyin(self) -> int:
        return int(Decimal(self.amount) * 100)

    def caller(self, session: ClientSession) -> Caller:
        return ClickCaller(
            session, self.prepare_url, self.complete_url, self.service_id, self.secret, amount=self.amount
        )


Gateway = Payme | Click


def outcome_of(check: Check, gateway: Gateway, kind: Kind) -> Outcome:
    """Run one check with orders of its own. Raises CannotRun for a host that was not named."""
    for url in gateway.urls:
        check_host(url, [gateway.yes_this_host] if gateway.yes_this_host else [])
    # Made out here: Django refuses its database to a thread in which an event loop runs.
    fresh = [] if isinstance(gateway.order, TiyinOrders) else [gateway.order() for _ in check.needs]
    return asyncio.run(_outcome(check, gateway, kind, fresh))


async def _outcome(check: Check, gateway: Gateway, kind: Kind, fresh: Sequence[Order | Awaitable[Order]]) -> Outcome:
    async with ClientSession() as session:
        orders = await _orders(session, gateway, kind, fresh)
        return await run_check(check, gateway.caller(session), orders)


async def _orders(
    session: ClientSession, gateway: Gateway, kind: Kind, fresh: Sequence[Order | Awaitable[Order]]
) -> Orders:
    if isinstance(gateway.order, TiyinOrders):
        price = {"amount": gateway.amount_tiyin} if kind == "one_time" else {}
        return ApiOrders(session, gateway.order.url, gateway.order.token, {"kind": kind, **price})
    return NamedOrders([await order if inspect.isawaitable(order) else order for order in fresh])
