"""A Complete says that a card was debited, and for which attempt (Click, "SHOP API", order of checks)."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import (
    NEW_ID,
    NEWER,
    OTHER_PAYMENT,
    TWO_ATTEMPTS,
    complete,
    prepare,
    strict_check,
)

UNKNOWN_PREPARE_IDS: Final = ("999999999", "-1", "abc", "9" * 40)
NO_PREPARE_IDS: Final = ("", "0")
"""What Click sends where the answer to Prepare was lost."""

_check = partial(strict_check, "order")

DEBITS: Final = (
    _check(
        "O5c2",
        "Чужой error<0 под merchant_prepare_id попытки: -9, попытка остаётся",
        "Urinishning merchant_prepare_id’si bilan boshqa to‘lovning error<0’i: -9, urinish qoladi",
        "Another payment's error<0 under an attempt's merchant_prepare_id: -9, the attempt stays",
        prepare(),
        complete(-9, error=-1, **OTHER_PAYMENT),
        complete(-9, error=-5017, **OTHER_PAYMENT),
        complete(label="Complete: the attempt is still prepared"),
    ),
    _check(
        "O5d",
        "error<0 без merchant_prepare_id отменяет свою попытку: -9, заказ свободен",
        "merchant_prepare_id’siz error<0 o‘z urinishini bekor qiladi: -9, buyurtma bo‘sh",
        "error<0 without a merchant_prepare_id cancels its own attempt: -9, the order is free",
        prepare(),
        complete(-9, error=-1, merchant_prepare_id=""),
        complete(-9, label="Complete of the cancelled attempt"),
        prepare(keep="$prepare2", result={"merchant_prepare_id": NEW_ID}, **OTHER_PAYMENT),
        complete(-9, error=-1, merchant_prepare_id="0", **OTHER_PAYMENT),
        complete(-9, label="Complete of the second cancelled attempt", **NEWER),
        prepare(click_trans_id="$fresh", click_paydoc_id="$fresh", label="Prepare: the order is free"),
    ),
    _check(
        "O8a",
        "Неизвестный merchant_prepare_id",
        "Noma’lum merchant_prepare_id",
        "Unknown merchant_prepare_id",
        prepare(),
        *(complete(-6, merchant_prepare_id=text) for text in UNKNOWN_PREPARE_IDS),
        *(complete(-6, merchant_prepare_id=text, **OTHER_PAYMENT) for text in NO_PREPARE_IDS),
        complete(label="Complete: the attempt is still prepared"),
        continue_on_failure=True,
    ),
    _check(
        "O8a-own",
        "Complete без merchant_prepare_id: попытка находится по click_trans_id",
        "merchant_prepare_id’siz Complete: urinish click_trans_id bo‘yicha topiladi",
        "Complete without a merchant_prepare_id: the attempt is found by its click_trans_id",
        prepare(),
        complete(merchant_prepare_id=""),
        *(complete(-4, merchant_prepare_id=text) for text in NO_PREPARE_IDS),
        continue_on_failure=True,
    ),
    _check(
        "O8a-other",
        "merchant_prepare_id другого заказа",
        "Boshqa buyurtmaning merchant_prepare_id’si",
        "merchant_prepare_id of another order",
        prepare(merchant_trans_id="$other", keep="$prepare2", **OTHER_PAYMENT),
        prepare(),
        complete(-6, merchant_prepare_id="$prepare2"),
        complete(-9, error=-5017, merchant_prepare_id="$prepare2"),
        complete(merchant_trans_id="$other", label="Complete of the other order", **NEWER),
        needs=("$order", "$other"),
    ),
    _check(
        "O8a2",
        "Чужой Complete под merchant_prepare_id попытки: -9, ничего не меняется",
        "Urinishning merchant_prepare_id’si bilan boshqa to‘lovning Complete’i: -9, hech narsa o‘zgarmaydi",
        "Another payment's Complete under an attempt's merchant_prepare_id: -9, nothing changes",
        prepare(),
        complete(-9, **OTHER_PAYMENT),
        complete(label="Complete: the attempt is still prepared"),
        complete(-9, label="Another payment's Complete of what is paid", **OTHER_PAYMENT),
        complete(-4),
    ),
    _check(
        "O8b",
        "Оплачен этой же оплатой через другую попытку: Complete прежней отвечает -4",
        "O‘sha to‘lovning boshqa urinishi bilan to‘langan: avvalgisining Complete’iga -4",
        "Paid by another attempt of the same payment: Complete of the earlier one answers -4",
        *TWO_ATTEMPTS,
        prepare(keep="$prepare3", click_trans_id="$trans3", label="Prepare, the first click_paydoc_id again"),
        complete(merchant_prepare_id="$prepare3", click_trans_id="$trans3"),
        complete(-4, label="Complete of the first attempt, the same click_paydoc_id"),
    ),
    _check(
        "O8c2",
        "Complete прежней попытки, пока заказ не оплачен: 0, а новой отвечает -9",
        "Buyurtma to‘lanmagan, avvalgi urinishning Complete’i: 0, yangisiga -9",
        "Complete of the older attempt while the order is unpaid: 0, and -9 to the newer one",
        *TWO_ATTEMPTS,
        complete(label="Complete of the older attempt: its card is debited"),
        complete(-9, label="Complete of the newer attempt", **NEWER),
        complete(-9, label="Complete of the newer attempt, again", **NEWER),
        complete(-4, label="Complete of the older attempt, again"),
    ),
    _check(
        "O8c3",
        "Неверная сумма прежней попытки: -9 навсегда, новая оплачивается",
        "Avvalgi urinishda noto‘g‘ri summa: butunlay -9, yangisi to‘lanadi",
        "Wrong amount for the older attempt: -9 for good, the newer one is paid",
        *TWO_ATTEMPTS,
        complete(-9, amount="$wrong", label="Complete of the older attempt, wrong amount"),
        complete(-9, label="Complete of the older attempt, right amount"),
        complete(label="Complete of the newer attempt", **NEWER),
    ),
    _check(
        "O8d",
        "Неверная сумма при подтверждении, затем верная",
        "Tasdiqlashda noto‘g‘ri, keyin to‘g‘ri summa",
        "Wrong amount when completing, then the right one",
        prepare(),
        complete(-2, amount="$wrong"),
        complete(-2, amount="$tiyin_less"),
        complete(),
    ),
)
