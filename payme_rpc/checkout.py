"""Makes links to Payme's checkout page, or forms (Payme, "Sending a receipt by GET", "… by POST")."""

import base64
import json
from typing import Final

from core import Details, Order
from inbound.payment_link import PaymentLink, PostForm
from payme_rpc.cash_box import CashBox
from payme_rpc.responses import detail_of
from schema.test_mode import is_twin

LIVE_PAGE: Final = "https://checkout.paycom.uz/"
TEST_PAGE: Final = "https://test.paycom.uz/"

RETURN_AFTER_MS: Final = 15_000
"""How long the payer sees that it worked. Sent, as the documentation's own default is 15 of these."""


def payment_link(box: CashBox, order: Order, return_url: str | None) -> PaymentLink:
    """Where the payer of this order pays; without an amount, the payer names it. A test order is paid with test cards.

    The page splits the link at each `;` and decodes no percent signs: a value with a `;` goes by the form, and nothing
    is escaped. Not signed, anybody can change it: what counts is what the page then asks us.
    """
    page = TEST_PAGE if is_twin(order.shop) else LIVE_PAGE
    named = {"account": order.account, "return_url": return_url or ""}
    unfit = [name for name, value in named.items() if ";" in value]
    if unfit:
        problem = f"A link to Payme cannot carry the ; in {' and '.join(unfit)}: send the payer by the form."
        return PaymentLink(problem=problem, form=PostForm(page, _form_fields(box, order, return_url)))
    pairs = ";".join(f"{name}={value}" for name, value in _link_fields(box, order, return_url).items())
    return PaymentLink(url=page + base64.b64encode(pairs.encode()).decode())


def _link_fields(box: CashBox, order: Order, return_url: str | None) -> dict[str, str]:
    """An empty value does harm: what there is not is left out."""
    fields = {"m": box.merchant_id, f"ac.{box.account_field}": order.account}
    if order.amount is not None:
        fields["a"] = str(order.amount)
    if order.details and order.details.lang:
        fields["l"] = order.details.lang
    if return_url:
        fields |= {"c": return_url, "ct": str(RETURN_AFTER_MS)}
    return fields


def _form_fields(box: CashBox, order: Order, return_url: str | None) -> dict[str, str]:
    details = order.details or Details()
    fields = {"merchant": box.merchant_id, f"account[{box.account_field}]": order.account}
    if order.amount is not None:
        fields["amount"] = str(order.amount)
    if details.lang:
        fields["lang"] = details.lang
    if return_url:
        fields |= {"callback": return_url, "callback_timeout": str(RETURN_AFTER_MS)}
    if details.description:
        fields["description"] = details.description
    if details.items:
        text = json.dumps(detail_of(details), ensure_ascii=False, separators=(",", ":"))
        fields["detail"] = base64.b64encode(text.encode()).decode()
    return fields
