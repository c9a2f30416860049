"""Hostile calls, which anybody may send, are answered in Click's terms, never with a crash (Click, "Transport")."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import complete, either, prepare, strict_check

LONG: Final = "9" * 5_000
BODIES: Final = {
    "nothing": b"",
    "no form": b"hello",
    "JSON": b'{"click_trans_id": 1, "action": 0}',
    "not UTF-8": b"merchant_trans_id=\xc4\xee\xe3",
    "not UTF-8, escaped": b"merchant_trans_id=%C4%EE%E3",
    "separators": b"&=&=&&==&" * 7,
    "NUL": b"\0" * 1000,
}
ACCOUNTS: Final = {
    "a quote": "1' OR '1'='1",
    "NUL": "a\0b",
    "a line break": "a\nb",
    "an emoji": "🧸",
    "a negative number": "-1",
    "a number with an exponent": "1e3",
    "nothing": "",
    "10,000 letters": "x" * 10_000,
    "5,000 digits": LONG,
}

_check = partial(strict_check, "hostile", consumes_orders=False, continue_on_failure=True)

HOSTILE: Final = (
    _check(
        "H1",
        "Тело, которое не форма",
        "Forma bo‘lmagan so‘rov",
        "A body that is no form",
        *(prepare(-8, options={"raw": raw}, label=f"body: {name}") for name, raw in BODIES.items()),
    ),
    _check(
        "H2",
        "Любой текст вместо заказа",
        "Buyurtma o‘rnida har qanday matn",
        "Any text for an order",
        *(prepare(-5, merchant_trans_id=text, label=f"account: {name}") for name, text in ACCOUNTS.items()),
    ),
    _check(
        "H3",
        "Числа из пяти тысяч цифр",
        "Besh ming raqamli sonlar",
        "Numbers of five thousand digits",
        prepare(-8, click_trans_id=LONG, label="click_trans_id"),
        prepare(-2, amount=LONG, label="amount"),
        complete(-6, merchant_prepare_id=LONG, label="merchant_prepare_id"),
        complete(either(-8, -9), error="-" + LONG, merchant_prepare_id="1", label="error"),
    ),
    _check(
        "H4",
        "Не числа там, где числа",
        "Son o‘rnida son emas",
        "No numbers where numbers belong",
        prepare(-8, click_trans_id="abc", label="click_trans_id"),
        prepare(-8, error="abc", label="error"),
        prepare(-8, error="", label="error, empty"),
        complete(-8, error="NaN", merchant_prepare_id="1", label="error, NaN"),
    ),
)
