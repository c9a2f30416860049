"""What no Click sends, but anybody may: answered in Click's words, never with a crash (Click, "Transport")."""

from typing import Any, Final

from tiyin_sandbox.click.suites.steps import complete, either, prepare
from tiyin_sandbox.engine.checks import Check, Row

GROUP: Final = "hostile"
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


def _check(number: str, ru: str, uz: str, en: str, *steps: Row, **more: Any) -> Check:
    return Check(
        f"click.{number}", ru, uz, en, GROUP, steps, strict=True, spends=False, goes_on=True, needs=("$order",), **more
    )


HOSTILE: Final = (
    _check(
        "H1",
        "Тело, которое не форма",
        "Forma bo‘lmagan so‘rov",
        "A body that is no form",
        *(prepare(-8, how={"raw": raw}, say=f"body: {name}") for name, raw in BODIES.items()),
    ),
    _check(
        "H2",
        "Любой текст вместо заказа",
        "Buyurtma o‘rnida har qanday matn",
        "Any text for an order",
        *(prepare(-5, merchant_trans_id=text, say=f"account: {name}") for name, text in ACCOUNTS.items()),
    ),
    _check(
        "H3",
        "Числа из пяти тысяч цифр",
        "Besh ming raqamli sonlar",
        "Numbers of five thousand digits",
        prepare(-8, click_trans_id=LONG, say="click_trans_id"),
        prepare(-8, click_paydoc_id=LONG, say="click_paydoc_id"),
        prepare(-2, amount=LONG, say="amount"),
        complete(-6, merchant_prepare_id=LONG, say="merchant_prepare_id"),
        complete(either(-8, -9), error="-" + LONG, merchant_prepare_id="1", say="error"),
    ),
    _check(
        "H4",
        "Не числа там, где числа",
        "Son o‘rnida son emas",
        "No numbers where numbers belong",
        prepare(-8, click_trans_id="abc", say="click_trans_id"),
        prepare(-8, error="abc", say="error"),
        prepare(-8, error="", say="error, empty"),
        complete(-8, error="NaN", merchant_prepare_id="1", say="error, NaN"),
    ),
)
