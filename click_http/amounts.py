"""Reads Click's amounts, so'm in decimal text, as whole tiyin, and writes them. Nothing is rounded."""

import re
from decimal import Decimal
from typing import Final

from schema.values import NO_AMOUNT, Tiyin

_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,13})(?:\.[0-9]{1,8})?")
"""Plain decimals only: no sign, exponent or space. No leading zeros either, since the signature has no delimiters and
the last digits of an account could be passed off as the first of an amount. The length keeps `Decimal` exact."""


def tiyin(text: str) -> Tiyin:
    """So'm as Click writes them, in tiyin; `NO_AMOUNT` for what is no number or has a fraction of a tiyin."""
    if not _NUMBER.fullmatch(text):
        return NO_AMOUNT
    amount = Decimal(text) * 100
    return Tiyin(int(amount)) if amount == amount.to_integral_value() else NO_AMOUNT


def som(amount: Tiyin) -> str:
    """Tiyin as so'm with two decimals, as Click's links want them."""
    return f"{Decimal(amount).scaleb(-2):.2f}"
