"""Each state of an attempt answers each call (Click, "SHOP API", repeats)."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import NEW_ID, OTHER_PAYMENT, complete, prepare, strict_check

PAID: Final = (prepare(), complete())
CANCELLED: Final = (prepare(), complete(-9, error=-5017))

_check = partial(strict_check, "states")

STATES: Final = (
    _check(
        "S1",
        "Complete без Prepare",
        "Prepare’siz Complete",
        "Complete without Prepare",
        *(complete(-6, merchant_prepare_id=text) for text in ("999999999", "1", "")),
        complete(-9, error=-1, merchant_prepare_id="999999999"),
        complete(-9, error=-5017, merchant_prepare_id="999999999"),
        prepare(label="Prepare: the order is still unpaid"),
        continue_on_failure=True,
    ),
    _check(
        "S2a",
        "Подготовлен: error=-1 отменяет",
        "Tayyorlangan: error=-1 bekor qiladi",
        "Prepared: error=-1 cancels",
        prepare(),
        complete(-9, error=-1),
        complete(-9),
    ),
    _check(
        "S2b",
        "Подготовлен: error=-5017 отменяет",
        "Tayyorlangan: error=-5017 bekor qiladi",
        "Prepared: error=-5017 cancels",
        prepare(),
        complete(-9, error=-5017),
        complete(-9),
    ),
    _check(
        "S2c",
        "Подготовлен: любой другой error<0 отменяет",
        "Tayyorlangan: boshqa har qanday error<0 bekor qiladi",
        "Prepared: any other error<0 cancels",
        prepare(),
        complete(-9, error=-31),
        complete(-9),
    ),
    _check(
        "S3a",
        "Оплачен: Prepare и Complete отвечают -4",
        "To‘langan: Prepare va Complete -4 javob beradi",
        "Paid: Prepare and Complete answer -4",
        *PAID,
        prepare(-4),
        complete(-4),
        continue_on_failure=True,
    ),
    _check(
        "S3b",
        "Оплачен: error=-1 отвечает -4, платёж остаётся",
        "To‘langan: error=-1 ga -4, to‘lov saqlanadi",
        "Paid: error=-1 answers -4, the payment stays",
        *PAID,
        complete(-4, error=-1),
        complete(-4, label="Complete: still paid"),
        continue_on_failure=True,
    ),
    _check(
        "S3c",
        "Оплачен: error=-5017 отвечает -9, платёж остаётся",
        "To‘langan: error=-5017 ga -9, to‘lov saqlanadi",
        "Paid: error=-5017 answers -9, the payment stays",
        *PAID,
        complete(-9, error=-5017),
        complete(-4, label="Complete: still paid"),
        continue_on_failure=True,
    ),
    _check(
        "S4",
        "Отменён: на всё ответ -9",
        "Bekor qilingan: hammasiga -9",
        "Cancelled: everything answers -9",
        *CANCELLED,
        complete(-9),
        complete(-9, error=-1),
        complete(-9, error=-5017),
        prepare(-9),
        continue_on_failure=True,
    ),
    _check(
        "S5",
        "После отмены плательщик пробует ещё раз",
        "Bekor qilingandan keyin to‘lovchi yana urinadi",
        "After a cancelled attempt the payer tries again",
        *CANCELLED,
        prepare(keep="$prepare2", result={"merchant_prepare_id": NEW_ID}, **OTHER_PAYMENT),
        complete(-9, label="Complete of the cancelled attempt"),
        complete(merchant_prepare_id="$prepare2", **OTHER_PAYMENT),
    ),
    _check(
        "S6",
        "Complete с другим click_trans_id",
        "Boshqa click_trans_id bilan Complete",
        "Complete with another click_trans_id",
        prepare(),
        complete(click_trans_id="$trans2"),
    ),
)
