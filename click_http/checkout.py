"""Makes links to Click's payment page (Click, "Payment link")."""

from typing import Final
from urllib.parse import quote, urlencode

from click_http.amounts import som
from schema.values import Tiyin

PAGE: Final = "https://my.click.uz/services/pay"


def checkout_link(
    service_id: int,
    merchant_id: int | None,
    account: str,
    amount: Tiyin | None,
    merchant_user_id: int | None = None,
) -> str | None:
    """None without a merchant id or an amount: the page asks for both.

    The link is not signed, anybody can change it: what counts is what Prepare checks.
    """
    if merchant_id is None or amount is None:
        return None
    fields = {"service_id": service_id, "merchant_id": merchant_id, "amount": som(amount), "transaction_param": account}
    if merchant_user_id is not None:
        fields["merchant_user_id"] = merchant_user_id
    return f"{PAGE}?{urlencode(fields, quote_via=quote, safe='')}"
