"""The providers' checkout pages, as far as they read a link or a form; and orders whose payers are sent there."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st

from core import Details, Order
from inbound.return_url import RETURN_URL_MAX_CHARACTERS
from schema.values import MAX_AMOUNT, CardType, Lang, OrderKind, OrderState, Tiyin

BOX = "587f72c72cac0d162c722ae2"
RETURN_URL = "https://shop.example.uz/thanks?order=1001&n=%D1%83#top"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

URL_CHARACTERS = "abcXYZ019-._~:/?#[]@!$&'()*+,;=%"
ACCOUNTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255)
RETURN_URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "http"]),
    st.sampled_from(["shop.uz", "a-b.example.uz", "localhost", "192.0.2.1", "[2001:db8::1]"]),
    st.sampled_from(["", ":8080"]),
    st.just("") | st.text(URL_CHARACTERS, max_size=RETURN_URL_MAX_CHARACTERS - 40).map("/".__add__),
)
ORDERS = st.builds(
    lambda account, amount, details: an_order(account, amount, details=details),
    ACCOUNTS,
    st.none() | st.integers(1, MAX_AMOUNT),
    st.builds(
        Details,
        lang=st.none() | st.sampled_from(Lang),
        card_type=st.none() | st.sampled_from(CardType),
        return_url=st.none() | RETURN_URLS,
    ),
)


def an_order(account: str = "1001", amount: int | None = 5_000_000, **changes: Any) -> Order:
    """One that waits to be paid; without an amount, a balance."""
    order = Order(
        id=1,
        shop="main",
        account=account,
        kind=OrderKind.ACCUMULATIVE if amount is None else OrderKind.ONE_TIME,
        amount=None if amount is None else Tiyin(amount),
        min_amount=None,
        max_amount=None,
        state=OrderState.AWAITING,
        version=0,
        fingerprint="",
        expires_at=None,
        delivered_at=None,
        created_at=NOW,
        changed_at=NOW,
    )
    return order._replace(**changes)


def read_by_payme(url: str) -> dict[str, str]:
    """The page decodes base64, splits at each `;` and then at the first `=`. It decodes no percent signs."""
    text = base64.b64decode(urlsplit(url).path.removeprefix("/"), validate=True).decode()
    return dict(pair.split("=", 1) for pair in text.split(";"))


FORM_NAMES = {"merchant": "m", "amount": "a", "lang": "l", "callback": "c", "callback_timeout": "ct"}


def read_by_paymes_form(fields: Mapping[str, str]) -> dict[str, str]:
    """What the form says, under the names that a link has for it."""
    return {FORM_NAMES.get(name, name.replace("account[", "ac.").removesuffix("]")): v for name, v in fields.items()}


def read_by_click(url: str) -> dict[str, str]:
    """The page reads a query as all pages do."""
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
