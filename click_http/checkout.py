"""Makes links to Click's payment page (Click, "Payment link")."""

from typing import Final
from urllib.parse import quote, urlencode

from click_http.amounts import som
from click_http.service import Service
from core import Order
from inbound.payment_link import PaymentLink

PAGE: Final = "https://my.click.uz/services/pay"

NO_MERCHANT: Final = "A link to Click needs the merchant's id: the gateway's operator sets CLICK_MERCHANT_ID."
NO_AMOUNT: Final = "A link to Click needs an amount, and a balance names none: open a one-time order for the payer."


def payment_link(service: Service, order: Order, return_url: str | None) -> PaymentLink:
    """Where the payer of this order pays. Click's page asks for the merchant's id and for an amount.

    The link is not signed, anybody can change it: what counts is what Prepare checks.
    """
    if service.merchant_id is None:
        return PaymentLink(problem=NO_MERCHANT)
    if order.amount is None:
        return PaymentLink(problem=NO_AMOUNT)
    fields: dict[str, object] = {
        "service_id": service.service_id,
        "merchant_id": service.merchant_id,
        "amount": som(order.amount),
        "transaction_param": order.account,
    }
    if service.merchant_user_id is not None:
        fields["merchant_user_id"] = service.merchant_user_id
    if return_url:
        fields["return_url"] = return_url
    if order.details and order.details.card_type:
        fields["card_type"] = order.details.card_type
    return PaymentLink(url=f"{PAGE}?{urlencode(fields, quote_via=quote, safe='')}")
