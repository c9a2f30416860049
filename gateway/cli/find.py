"""`tiyin find` gets from what a payer or a provider says to the orders that are meant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, shop_of, with_core
from gateway.cli.output import echo
from gateway.config.settings import Settings, load
from schema.test_mode import twin_of

if TYPE_CHECKING:
    from core import Payment, Search

PAYMENTS_MAX: Final = 5
"""Of an order that was found by itself: a balance may have any number."""

WORDS: Final = (
    "An account, a provider's id of a payment, click_trans_id, click_paydoc_id (the number in the payer's SMS), our id "
    "of a payment; or a day in Tashkent, alone or with an amount: 50000.00 2026-11-28 (so'm) or 5000000 2026-11-28."
)


def find(
    words: Annotated[list[str], typer.Argument(help=WORDS)],
    shop: Annotated[str | None, typer.Option("--shop", help="In this shop only.")] = None,
    test: Annotated[bool, typer.Option("--test", help="In test mode only.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many orders, newest first.")] = 20,
) -> None:
    """Find orders in all shops and test modes, by any number that a payer or a provider names, or by day and amount."""
    from core import SEARCH_MAX_CHARACTERS, is_search_text, read_search
    from gateway.cli.terminal import print_found
    from gateway.shops import click_service_ids

    text = " ".join(words)
    if not is_search_text(text):
        raise Failure(f"Look for 1-{SEARCH_MAX_CHARACTERS} characters, none of them a control character.")
    chosen = load()
    services = click_service_ids(chosen)
    search = read_search(text, {name: services[name] for name in _looked_in(chosen, shop, test=test)})
    page = with_core(chosen, lambda core: core.found(search, limit, None))
    if not page.orders:
        hint = "" if search.day else " An amount is looked for with its day: 50000.00 2026-11-28."
        raise Failure(f"Nothing goes by {text!r}.{hint}")
    print_found(chosen, [(one.order, fitting(search, one.payments)) for one in page.orders])
    if page.next is not None:
        echo(f"There are more; these are the newest {limit}. See --limit.")


def fitting(search: "Search", payments: "Sequence[Payment]") -> "Sequence[Payment]":
    """Those of an order's payments that are looked for, newest first; all of them if it is the order itself."""
    fits = [payment for payment in reversed(payments) if search.fits(payment)]
    return fits or list(reversed(payments))[:PAYMENTS_MAX]


def _looked_in(settings: Settings, shop: str | None, *, test: bool) -> Sequence[str]:
    shops = [shop_of(settings, shop)] if shop else list(settings.stored_names.values())
    return [name for each in shops for name in ((twin_of(each),) if test else (each, twin_of(each)))]
