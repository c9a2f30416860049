"""Reads fiscal data into a receipt or a failure (Payme, "SetFiscalData").

Nothing in it is refused, whatever it looks like: what is refused is lost, for Payme repeats nothing.
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
    if not is_registered(data):
        return ReceiptFailure(_text(data.get("status_code")), _text(data.get("message")), data)
    address = _text(data.get("qr_code_url"))
    return Receipt(
        qr_code_url=address if address and _WEB_ADDRESS.fullmatch(address) else None,
        sign=_text(data.get("fiscal_sign")),
        terminal=_text(data.get("terminal_id")),
        number=_text(data.get("receipt_id")),
        date=_text(data.get("date")),
        raw=data,
    )


def is_registered(data: Mapping[str, Any]) -> bool:
    """Whether the tax office has taken it: its code is 0, or there is no code but what only a receipt has."""
    code = data.get("status_code")
    if code is None:
        return any(data.get(name) not in (None, "") for name in ("fiscal_sign", "qr_code_url"))
    return code in (0, "0") and not isinstance(code, bool)


def _text(value: object) -> str | None:
    """Return a text or a number as a text; None for all else, an empty text and an endless one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text if 0 < len(text) <= TEXT_MAX_CHARACTERS else None
