"""The terminal shows orders as tables, and payment links as QR codes."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import segno
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from core import Details, Order, Payment, Receipt, Shown
from gateway.cli.common import shown_shop
from gateway.config.settings import Settings
from gateway.printable_text import printable
from inbound.payment_link import PaymentLink

PIPED_WIDTH: Final = 1_000
"""Where no terminal reads along: lines are whole there, so that an id can be searched for."""

console = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def show_on_terminal(content: RenderableType) -> None:
    console.print(content)


def order_table(settings: Settings, shown: Shown) -> Table:
    order, details, holder = shown.order, shown.order.details or Details(), shown.holder
    expires, until = moment(order.expires_at), moment(shown.reserved_until)
    table = Table(show_header=False)
    rows: dict[str, str | None] = {
        "account": order.account,
        "shop": shown_shop(settings, order.shop),
        "kind": order.kind.value,
        "state": order.state.value,
        "amount": money(order.amount),
        "at least": money(order.min_amount),
        "at most": money(order.max_amount),
        "payments": str(order.payment_count) if order.payment_count else None,
        "paid": money(order.paid_total or None),
        "given back": money(order.reversed_total or None),
        "description": details.description,
        "returns to": details.return_url,
        "language": details.lang,
        "card": details.card_type,
        "opened": moment(order.created_at),
        "expires": f"{expires}, strictly" if order.strict_expiry else expires,
        "held by": holder and f"payment {holder.id} through {holder.provider}, until {until} at the latest",
        "delivered": moment(order.delivered_at),
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, _cell(value))
    return table


def orders_table(shown: Sequence[Shown]) -> Table:
    table = Table("account", "state", "amount", "opened", "paid through")
    for one in shown:
        paid = ", ".join(sorted({payment.provider.value for payment in one.payments if payment.performed_at}))
        order = one.order
        cells = (order.account, order.state.value, money(order.amount) or "any", moment(order.created_at) or "", paid)
        table.add_row(*map(_cell, cells))
    return table


def print_found(settings: Settings, found: Sequence[tuple[Order, Sequence[Payment]]]) -> None:
    """Print each order on a line, its payments below it: no id is cut or broken, however narrow the terminal is."""
    for order, payments in found:
        opened = moment(order.created_at)
        amount = money(order.amount) or "any amount"
        shop = shown_shop(settings, order.shop)
        _print_line(f"{order.account}: order of shop {shop}, {order.state}, {amount}, opened {opened}")
        for payment in payments:
            _print_line(f"    {_found(payment)}")


def _found(payment: Payment) -> str:
    number = "" if payment.payment_number is None else f", paydoc {payment.payment_number}"
    return (
        f"payment {payment.id} through {payment.provider}: {payment.external_id}{number}, {payment.state}, "
        f"{money(payment.amount)}, opened {moment(payment.created_at)}"
    )


def payments_table(payments: Sequence[Payment]) -> Table:
    table = Table("payment", "provider", "its id", "paydoc", "amount", "state", "reason", "opened", "paid", "ended")
    for payment in payments:
        times = (payment.created_at, payment.performed_at, payment.cancelled_at)
        table.add_row(
            str(payment.id),
            payment.provider.value,
            _cell(payment.external_id),
            _paydoc(payment),
            money(payment.amount),
            payment.state.value,
            "" if payment.reason is None else str(payment.reason),
            *(moment(time) or "" for time in times),
        )
    return table


def print_receipts(payments: Sequence[Payment]) -> None:
    """Print each receipt and each failure on a line of its own, unbroken, so that it can be copied."""
    for payment in payments:
        receipts = payment.receipts
        for of, receipt in (("", receipts.perform), (" of the refund", receipts.cancel)):
            if receipt is not None:
                _print_line(f"payment {payment.id}, receipt{of}: {_where(receipt)}")
        for of, failure in (("", receipts.perform_failure), (" of the refund", receipts.cancel_failure)):
            if failure is not None:
                why = ", ".join(filter(None, (failure.code, failure.message))) or "no reason given"
                _print_line(f"payment {payment.id}, receipt{of} refused by the tax office: {why}")


def _where(receipt: Receipt) -> str:
    known = {"number": receipt.number, "sign": receipt.sign}
    named = ", ".join(f"{name} {value}" for name, value in known.items() if value)
    return receipt.qr_code_url or named


def _print_line(line: str) -> None:
    """Print what somebody else has written: no control character of it reaches the terminal."""
    console.print(printable(line), soft_wrap=True)


def print_links(links: Mapping[str, PaymentLink]) -> None:
    """Print each link on a line of its own, unbroken, so that it can be copied; under it as a QR code. Where there is
    none, why not."""
    for provider, link in links.items():
        _print_line(f"{provider}: {link.url or link.problem}")
        if link.form is not None:
            console.print("The form is in the order's answer at the merchant API, field `forms`.", soft_wrap=True)
        if link.url is not None:
            _print_qr_code(link.url)


def _print_qr_code(url: str) -> None:
    try:
        code = segno.make(url, error="l")
    except segno.DataOverflowError:
        console.print("The link is too long for a QR code.")
        return
    if code.symbol_size()[0] > console.width:
        console.print("The link is too long for a QR code in a terminal so narrow.")
    else:
        code.terminal(compact=True)


def money(amount: int | None) -> str | None:
    return None if amount is None else f"{Decimal(amount).scaleb(-2):,.2f} so'm"


def moment(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def _cell(text: str | None) -> Text:
    return Text(printable(text or ""))


def _paydoc(payment: Payment) -> str:
    return "" if payment.payment_number is None else str(payment.payment_number)
