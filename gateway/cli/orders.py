"""`tiyin order` opens, shows and cancels orders without the merchant API."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.common import Failure, database, shop_of, shown_shop
from gateway.config.settings import Settings, load
from schema.values import OrderState

if TYPE_CHECKING:
    from core import CloseOrder, Core, OpenOrder, Shown

order = typer.Typer(help="Open, show, list and cancel orders.", no_args_is_help=True)

T = TypeVar("T")


Account = Annotated[str, typer.Argument(help="The account by which the payer's order is known.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="The shop; needed where several are configured.")]
TestMode = Annotated[bool, typer.Option("--test", help="In test mode, which has orders of its own.")]


@order.command()
def add(
    account: Account,
    amount: Annotated[int | None, typer.Argument(help="In tiyin: 5000000 is 50,000 so'm. Not for a balance.")] = None,
    description: Annotated[str | None, typer.Option(help="Shown to the payer and the shop.")] = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="Accumulative: can be topped up any number of times.")
    ] = False,
    minimum: Annotated[
        int | None, typer.Option("--min", help="The least of one payment to a balance, in tiyin.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", help="The most of one payment to a balance, in tiyin.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option("--expires-in", min=0, max=87_600, help="Hours until the order expires.")
    ] = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Open an order and show it. The same order again changes nothing."""
    from core import wall_clock

    chosen = load()
    request = {
        "account": account,
        "kind": "accumulative" if balance else "one_time",
        "amount": amount,
        "min_amount": minimum,
        "max_amount": maximum,
        "description": description,
        "expires_at": None if hours is None else wall_clock() + timedelta(hours=hours),
    }
    command = _open_order(shop_of(chosen, shop, test=test), request)
    _print_order(chosen, _with_core(chosen, lambda core: _do(core, command)))


@order.command()
def show(account: Account, shop: ShopName = None, test: TestMode = False) -> None:
    """Show an order with its payments, its payment links and their QR codes."""
    from core import OrderRef

    chosen = load()
    ref = OrderRef(shop_of(chosen, shop, test=test), account)
    shown = _with_core(chosen, lambda core: core.order(ref))
    if shown is None:
        raise Failure(f"There is no order {account!r} in shop {shown_shop(ref.shop)}.")
    _print_order(chosen, shown)


@order.command("list")
def list_(
    state: Annotated[OrderState | None, typer.Option(help="Only orders in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many orders, newest first.")] = 20,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """List the newest orders."""
    from gateway.cli.terminal import orders_table, show_on_terminal

    chosen = load()
    name = shop_of(chosen, shop, test=test)
    page = _with_core(chosen, lambda core: core.orders(name, state, limit, None))
    show_on_terminal(orders_table(page.orders))


@order.command()
def cancel(account: Account, shop: ShopName = None, test: TestMode = False) -> None:
    """Cancel an order that is neither paid nor being paid."""
    from core import CloseOrder, OrderRef

    chosen = load()
    command = CloseOrder(OrderRef(shop_of(chosen, shop, test=test), account))
    shown = _with_core(chosen, lambda core: _do(core, command))
    typer.echo(f"Order {shown.order.account} is {shown.order.state}.")


def _open_order(shop: str, request: dict[str, Any]) -> "OpenOrder":
    """Apply the merchant API's rules, so that an order may be opened here and repeated there."""
    from merchant_api.errors import Problem
    from merchant_api.order_request import open_order, read_order

    try:
        return open_order(shop, read_order(request))
    except Problem as problem:
        raise Failure("; ".join(f"{error.field} {error.message}" for error in problem.field_errors) + ".") from None


async def _do(core: "Core", command: "OpenOrder | CloseOrder") -> "Shown":
    from core import Refused, Shown

    answer = await core.do(command)
    if isinstance(answer, Refused):
        fields = "; ".join(f"{wrong.field} {wrong.message}" for wrong in answer.fields)
        words = fields or answer.refusal.value.replace("_", " ")
        raise Failure(f"Order {command.order.account!r} of shop {shown_shop(command.order.shop)}: refused, {words}.")
    assert isinstance(answer, Shown)
    return answer


def _with_core(chosen: Settings, ask: Callable[["Core"], Awaitable[T]]) -> T:
    from gateway.app import open_core

    async def act(url: str) -> T:
        async with open_core(chosen, url) as core:
            return await ask(core)

    with database(chosen) as url:
        return asyncio.run(act(url))


def _print_order(chosen: Settings, shown: "Shown") -> None:
    from gateway.cli.terminal import order_table, payments_table, print_links, show_on_terminal
    from gateway.shops import links

    show_on_terminal(order_table(shown.order))
    if shown.payments:
        show_on_terminal(payments_table(shown.payments))
    print_links(links(chosen)(shown.order))
