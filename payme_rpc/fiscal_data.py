"""Reads fiscal data into a receipt or a failure (Payme, "SetFiscalData").

Nothing that can be stored is refused, whatever it looks like: what is refused is lost, for Payme repeats nothing.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from core import Receipt, ReceiptFailure

TEXT_MAX_CHARACTERS: Final = 2000

# The characters of RFC 3986. It becomes a link in somebody's page: no other scheme, and nothing that ends an attribute.
_WEB_ADDRESS: Final = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII | re.IGNORECASE)


def read_fiscal_data(data: Mapping[str, Any]) -> Receipt | ReceiptFailure:
    """Read what the tax office says. The numbers of the documentation's table are texts in its example, and back."""
    address = _text(data.get("qr_code_url"))
    receipt = Receipt(
        qr_code_url=address if address and _WEB_ADDRESS.fullmatch(address) else None,
        sign=_text(data.get("fiscal_sign")),
        terminal=_text(data.get("terminal_id")),
        number=_text(data.get("receipt_id")),
        date=_text(data.get("date")),
        raw=data,
    )
    if _is_registered(data.get("status_code"), receipt):
        return receipt
    return ReceiptFailure(_text(data.get("status_code")), _text(data.get("message")), data)


def _is_registered(code: object, receipt: Receipt) -> bool:
    """Whether the tax office has taken it, and it can be found there: nothing else may replace a receipt."""
    can_be_found = any((receipt.qr_code_url, receipt.sign, receipt.number))
    return can_be_found and (code is None or code in (0, "0")) and not isinstance(code, bool)


def _text(value: object) -> str | None:
    """Return a text or a number as a text; None for all else, an empty text and an endless one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text if 0 < len(text) <= TEXT_MAX_CHARACTERS else None
