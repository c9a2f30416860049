"""Makes links to Payme's checkout page (Payme, "Sending a receipt by GET")."""

import base64
from typing import Final

from schema.values import Tiyin

LIVE_PAGE: Final = "https://checkout.paycom.uz/"
TEST_PAGE: Final = "https://test.paycom.uz/"


def checkout_link(
    merchant_id: str, account_field: str, account: str, amount: Tiyin | None, *, test: bool
) -> str | None:
    """Where the payer of this order pays; without an amount, the payer names it. A test order is paid with test cards.

    None if the account holds a `;`: it ends a value, and there is no way to escape it.
    """
    if ";" in account:
        return None
    fields = [f"m={merchant_id}", f"ac.{account_field}={account}"]
    if amount is not None:
        fields.append(f"a={amount}")
    return (TEST_PAGE if test else LIVE_PAGE) + base64.b64encode(";".join(fields).encode()).decode()
