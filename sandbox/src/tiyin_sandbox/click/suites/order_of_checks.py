"""A gateway checks a call in a fixed order, and each check has its code (Click, "SHOP API", order of checks)."""

from functools import partial
from typing import Any, Final

from tiyin_sandbox.click.suites.steps import WRONG_KEY, complete, either, prepare, strict_check
from tiyin_sandbox.engine.checks import Step

KEYS: Final = (
    "click_trans_id",
    "service_id",
    "click_paydoc_id",
    "merchant_trans_id",
    "amount",
    "action",
    "error",
    "error_note",
    "sign_time",
)

_check = partial(strict_check, "order")


def _without(key: str) -> Step:
    left_out: dict[str, Any] = {key: None}
    return prepare(-8, label=f"Prepare without {key}", **left_out)


ORDER: Final = (
    _check(
        "O1",
        "Нет обязательного поля",
        "Majburiy maydon yo‘q",
        "A required key is missing",
        *map(_without, KEYS),
        prepare(-8, options={"sign": None}, label="Prepare without sign_string"),
        complete(-8, merchant_prepare_id=None, label="Complete without merchant_prepare_id"),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O1b",
        "Поле Click дважды",
        "Click maydoni ikki marta",
        "A field of Click's twice",
        prepare(-8, options={"more": b"amount=1"}, label="Prepare with amount twice"),
        prepare(-8, options={"more": b"error=-1"}, label="Prepare with error twice"),
        complete(
            -8, merchant_prepare_id="1", options={"more": b"merchant_prepare_id=2"}, label="Complete, its id twice"
        ),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O2",
        "Неверная или пустая подпись",
        "Imzo noto‘g‘ri yoki bo‘sh",
        "Wrong or empty signature",
        prepare(-1, options=WRONG_KEY),
        prepare(-1, options={"sign": "empty"}, label="Prepare, empty signature"),
        prepare(-1, options={"sign": "of another length"}, label="Prepare, signature cut short"),
        complete(-1, merchant_prepare_id="1", options=WRONG_KEY),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O2b",
        "Чужая отмена: error<0 без верной подписи ничего не меняет",
        "Begona bekor qilish: imzosiz error<0 hech narsani o‘zgartirmaydi",
        "A stranger's cancellation: error<0 without the signature changes nothing",
        prepare(),
        complete(-1, error=-5017, options=WRONG_KEY),
        complete(-1, error=-1, options=WRONG_KEY),
        complete(label="Complete: the attempt is still prepared"),
    ),
    _check(
        "O3",
        "Неизвестное действие",
        "Noma’lum amal",
        "Unknown action",
        prepare(-3, action="2"),
        prepare(-3, action="-1"),
        prepare(-3, action=""),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O4",
        "Чужой service_id",
        "Begona service_id",
        "Somebody else's service_id",
        prepare(either(-8, -5, -1), service_id="$foreign_service"),
        complete(either(-8, -6, -5, -1), service_id="$foreign_service", merchant_prepare_id="1"),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O4b",
        "Complete с error>0 — не оплата",
        "error>0 bilan Complete — to‘lov emas",
        "A Complete with error>0 is no payment",
        prepare(),
        complete(-8, error=1),
        complete(-8, error=5017),
        complete(label="Complete: the attempt is still prepared"),
    ),
    _check(
        "O5",
        "error<0 о том, чего нет",
        "Mavjud bo‘lmagan to‘lov haqida error<0",
        "error<0 about what isn't there",
        *(complete(-9, error=-5017, merchant_prepare_id=text) for text in ("", "0", "999999999")),
        complete(-9, error=-1, merchant_prepare_id="999999999", merchant_trans_id="$unknown"),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O6",
        "Нет такого заказа",
        "Bunday buyurtma yo‘q",
        "No such order",
        prepare(-5, merchant_trans_id="$unknown"),
        prepare(-5, merchant_trans_id="$nobody"),
        prepare(-5, merchant_trans_id="Договор №7-нет", label="Prepare, an account in Cyrillic"),
        complete(-5, merchant_trans_id="$unknown", merchant_prepare_id="1"),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "O-first",
        "Ответ за первую из нескольких ошибок",
        "Bir nechta xatoning birinchisiga javob",
        "Of several faults the first is answered",
        prepare(-8, error_note=None, merchant_trans_id="$unknown", options=WRONG_KEY, label="no key, signature, order"),
        prepare(
            -1, action="2", merchant_trans_id="$unknown", amount="$wrong", options=WRONG_KEY, label="signature, action"
        ),
        prepare(-3, action="2", merchant_trans_id="$unknown", amount="$wrong", label="action, order, amount"),
        prepare(-5, merchant_trans_id="$unknown", amount="$wrong", label="order, amount"),
        complete(-5, merchant_trans_id="$unknown", merchant_prepare_id="999999999", amount="$wrong", label="order, id"),
        complete(-6, merchant_prepare_id="999999999", amount="$wrong", label="prepare id, amount"),
        consumes_orders=False,
        continue_on_failure=True,
    ),
)
