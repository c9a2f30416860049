"""Several commands about orders take these arguments and options."""

from typing import Annotated, Final

import typer

from schema.values import CardType, Lang

HOURS_MAX: Final = 87_600
PAYMENT_ID_MAX: Final = 2**31 - 1

Account = Annotated[str, typer.Argument(help="The account by which the payer's order is known.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="The shop; needed where several are configured.")]
TestMode = Annotated[bool, typer.Option("--test", help="In test mode, which has orders of its own.")]
Amount = Annotated[int | None, typer.Argument(help="In tiyin: 5000000 is 50,000 so'm. Not for a balance.")]
Description = Annotated[str | None, typer.Option(help="Shown to the payer and the shop.")]
Minimum = Annotated[int | None, typer.Option("--min", help="The least of one payment to a balance, in tiyin.")]
Maximum = Annotated[int | None, typer.Option("--max", help="The most of one payment to a balance, in tiyin.")]
Hours = Annotated[
    float | None, typer.Option("--expires-in", min=0, max=HOURS_MAX, help="Hours until the order expires.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Then take no money of what was begun before, either.")]
AttemptId = Annotated[
    int | None, typer.Option("--payment", min=1, max=PAYMENT_ID_MAX, help="The attempt; needed for a balance.")
]
ReturnUrl = Annotated[str | None, typer.Option(help="Where the payer goes after the checkout, paid or not.")]
Language = Annotated[Lang | None, typer.Option("--lang", help="The language of Payme's checkout.")]
Card = Annotated[CardType | None, typer.Option("--card-type", help="Which card Click's page asks for.")]
