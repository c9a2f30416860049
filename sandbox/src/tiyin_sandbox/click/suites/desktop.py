"""Sends the fifteen rows of Click's desktop test program, with its names (Click, "Testing", desktop program)."""

from typing import Final

from tiyin_sandbox.click.suites.chains import Line, chained
from tiyin_sandbox.click.suites.steps import WRONG_KEY, complete, prepare

USUAL: Final = {"click_trans_id": "$fresh", "click_paydoc_id": "$constant_paydoc"}
"""Every call has a click_trans_id of its own; all of them have one click_paydoc_id."""

LINES: Final = (
    Line(
        1,
        "Ошибка в подписи при подготовке платежа",
        "To‘lovni tayyorlashda imzo xatosi",
        "Wrong signature when preparing",
        prepare(-1, options=WRONG_KEY),
        fresh=True,
    ),
    Line(
        2,
        "Успешная подготовка платежа",
        "To‘lov muvaffaqiyatli tayyorlandi",
        "Prepared",
        prepare(),
    ),
    Line(
        3,
        "Ошибка в подписи при подтверждении платежа",
        "To‘lovni tasdiqlashda imzo xatosi",
        "Wrong signature when confirming",
        complete(-1, options=WRONG_KEY),
    ),
    Line(
        4,
        "Ошибка в сумме при подтверждении платежа",
        "To‘lovni tasdiqlashda summa xatosi",
        "Wrong amount when confirming",
        complete(-2, amount="$wrong"),
    ),
    Line(
        5,
        "Успешное подтверждение платежа",
        "To‘lov muvaffaqiyatli tasdiqlandi",
        "Confirmed",
        complete(),
    ),
    Line(
        6,
        "Повторное подтверждение ранее успешного платежа",
        "Muvaffaqiyatli to‘lovni qayta tasdiqlash",
        "Confirming a paid payment again",
        complete(-4),
    ),
    Line(
        7,
        "Попытка отмены ранее успешного платежа",
        "Muvaffaqiyatli to‘lovni bekor qilishga urinish",
        "Trying to cancel a paid payment",
        complete(-4, error=-1),
    ),
    Line(
        8,
        "Не найден пользователь/заказ",
        "Foydalanuvchi/buyurtma topilmadi",
        "No such user or order",
        prepare(-5, merchant_trans_id="$unknown"),
        fresh=True,
    ),
    Line(
        9,
        "Успешная подготовка платежа",
        "To‘lov muvaffaqiyatli tayyorlandi",
        "Prepared",
        prepare(),
    ),
    Line(
        10,
        "Не найдена транзакция (merchant_prepare_id)",
        "Tranzaksiya topilmadi (merchant_prepare_id)",
        "No such transaction (merchant_prepare_id)",
        complete(-6, merchant_prepare_id="9" * 40),
    ),
    Line(
        11,
        "Успешное подтверждение платежа",
        "To‘lov muvaffaqiyatli tasdiqlandi",
        "Confirmed",
        complete(),
    ),
    Line(
        12,
        "Успешная подготовка платежа",
        "To‘lov muvaffaqiyatli tayyorlandi",
        "Prepared",
        prepare(),
        fresh=True,
    ),
    Line(
        13,
        "Отмена платежа",
        "To‘lovni bekor qilish",
        "Cancelled",
        complete(-9, error=-5017),
    ),
    Line(
        14,
        "Повторная отмена платежа",
        "To‘lovni qayta bekor qilish",
        "Cancelled again",
        complete(-9, error=-5017),
    ),
    Line(
        15,
        "Повторное подтверждение ранее отмененного платежа",
        "Bekor qilingan to‘lovni qayta tasdiqlash",
        "Confirming a cancelled payment",
        complete(-9),
    ),
)

DESKTOP: Final = tuple(chained("desktop", LINES, USUAL))
