"""`tiyin order` opens, shows and changes orders without the merchant API; `history` is in a module of its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gateway.cli.common import Failure, shop_of, shown_shop, with_core
from gateway.cli.order_options import (
    Account,
    Amount,
    AttemptId,
    Card,
    Description,
    Hours,
    Language,
    Maximum,
    Minimum,
    ReturnUrl,
    ShopName,
    Strict,
    TestMode,
)
from gateway.cli.output import echo
from gateway.config.settings import Settings, load
from schema.values import OrderState, cut_to_ms

if TYPE_CHECKING:
    from core import OrderRef, Refused, ShopCommand, Shown

order = typer.Typer(help="Open, show, list and change orders.", no_args_is_help=True)


@order.command()
def add(
    account: Account,
    amount: Amount = None,
    description: Description = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="Accumulative: can be topped up any number of times.")
    ] = False,
    minimum: Minimum = None,
    maximum: Maximum = None,
    hours: Hours = None,
    strict: Strict = False,
    return_url: ReturnUrl = None,
    lang: Language = None,
    card_type: Card = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Open an order and show it. The same order again changes nothing."""
    from merchant_api.order_request import open_order, read_order

    chosen = load()
    request = {
        "account": account,
        "kind": "accumulative" if balance else "one_time",
        "amount": amount,
        "min_amount": minimum,
        "max_amount": maximum,
        "description": description,
        "expires_at": _in(hours),
        "strict_expiry": strict,
        "return_url": return_url,
        "lang": lang,
        "card_type": card_type,
    }
    name = shop_of(chosen, shop, test=test)
    _print_order(chosen, _done(chosen, _by_the_rules(lambda: open_order(name, read_order(request)))))


@order.command()
def show(account: Account, shop: ShopName = None, test: TestMode = False) -> None:
    """Show an order with its payments, its payment links and their QR codes."""
    from core import OrderRef

    chosen = load()
    ref = OrderRef(shop_of(chosen, shop, test=test), account)
    shown = with_core(chosen, lambda core: core.order(ref))
    if shown is None:
        raise Failure(f"There is no order {account!r} in shop {shown_shop(chosen, ref.shop)}.")
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
    page = with_core(chosen, lambda core: core.orders(name, state, limit, None))
    show_on_terminal(orders_table(page.orders))


@order.command()
def amend(
    account: Account,
    amount: Amount = None,
    description: Description = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    hours: Hours = None,
    return_url: ReturnUrl = None,
    lang: Language = None,
    card_type: Card = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Change the terms of an order before anybody pays. What is left out stays."""
    from merchant_api.order_request import amend_order

    given = {
        "amount": amount,
        "description": description,
        "min_amount": minimum,
        "max_amount": maximum,
        "expires_at": _in(hours),
        "return_url": return_url,
        "lang": lang,
        "card_type": card_type,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise Failure("Say what changes: an amount, or one of the options (`tiyin order amend --help` lists them).")
    chosen, ref = _named(account, shop, test=test)
    _print_order(chosen, _done(chosen, _by_the_rules(lambda: amend_order(ref, changes))))


@order.command()
def cancel(
    account: Account,
    release: Annotated[bool, typer.Option("--release", help="End the attempt that holds it first.")] = False,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Cancel an order that is neither paid nor being paid."""
    from core import CloseOrder

    chosen, ref = _named(account, shop, test=test)
    closed = _done(chosen, CloseOrder(ref, release=release)).order
    echo(f"Order {closed.account} is {closed.state}.")


@order.command()
def release(
    account: Account,
    payment: AttemptId = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """End an attempt that its payer has left, so that the order can be paid again."""
    from core import ReleaseOrder

    chosen, ref = _named(account, shop, test=test)
    _print_order(chosen, _done(chosen, ReleaseOrder(ref, payment)))


@order.command()
def reopen(
    account: Account,
    hours: Hours = None,
    for_ever: Annotated[bool, typer.Option("--for-ever", help="Without an expiry.")] = False,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Let an order be paid again that was cancelled, has expired, or whose money was given back."""
    from core import ReopenOrder

    if for_ever and hours is not None:
        raise Failure("Give --expires-in or --for-ever, not both.")
    chosen, ref = _named(account, shop, test=test)
    _print_order(chosen, _done(chosen, ReopenOrder(ref, _in(hours), keeps_expiry=hours is None and not for_ever)))


def _named(account: str, shop: str | None, *, test: bool) -> "tuple[Settings, OrderRef]":
    from core import OrderRef

    chosen = load()
    return chosen, OrderRef(shop_of(chosen, shop, test=test), account)


def _in(hours: float | None) -> datetime | None:
    from core import wall_clock

    return None if hours is None else cut_to_ms(wall_clock() + timedelta(hours=hours))


def _by_the_rules(make: "Callable[[], ShopCommand]") -> "ShopCommand":
    """Apply the merchant API's rules, so that an order may be opened here and repeated there."""
    from merchant_api.errors import Problem

    try:
        return make()
    except Problem as problem:
        raise Failure("; ".join(f"{error.field} {error.message}" for error in problem.field_errors) + ".") from None


def _done(chosen: Settings, command: "ShopCommand") -> "Shown":
    from core import Shown

    answer = with_core(chosen, lambda core: core.do(command))
    if not isinstance(answer, Shown):
        which = f"Order {command.order.account!r} of shop {shown_shop(chosen, command.order.shop)}"
        raise Failure(f"{which}: refused, {_why(cast('Refused', answer))}.")
    return answer


def _why(answer: "Refused") -> str:
    from gateway.cli.terminal import moment

    if answer.fields:
        return "; ".join(f"{wrong.field} {wrong.message}" for wrong in answer.fields)
    words = answer.refusal.value.replace("_", " ")
    if answer.until is not None:
        return f"{words}: its payer may be about to confirm it; it can be ended from {moment(answer.until)} on"
    return words


def _print_order(chosen: Settings, shown: "Shown") -> None:
    from gateway.cli.terminal import order_table, payments_table, print_links, print_receipts, show_on_terminal
    from gateway.payment_links import payment_links

    show_on_terminal(order_table(chosen, shown))
    if shown.payments:
        show_on_terminal(payments_table(shown.payments))
        print_receipts(shown.payments)
    print_links(payment_links(chosen)(shown))
