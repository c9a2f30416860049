"""The signature covers texts as they came, and only exact amounts are the order's (Click, "SHOP API", signature)."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import complete, prepare, strict_check

NO_AMOUNTS: Final = ("NaN", "Infinity", "$exponent", "$negative", "сто", "")

_check = partial(strict_check, "signature")

SIGNATURE: Final = (
    _check(
        "G2",
        "Подпись заглавными буквами",
        "Imzo bosh harflarda",
        "The signature in upper case",
        prepare(options={"sign": "upper"}),
        complete(options={"sign": "upper"}),
    ),
    _check(
        "G3",
        "merchant_prepare_id при подготовке не подписан",
        "Tayyorlashda merchant_prepare_id imzolanmaydi",
        "merchant_prepare_id is not signed when preparing",
        prepare(merchant_prepare_id=None, label="Prepare without merchant_prepare_id"),
        prepare(merchant_prepare_id="777", label="Prepare with a merchant_prepare_id"),
        continue_on_failure=True,
    ),
    _check(
        "G4",
        "Старый sign_time",
        "Eski sign_time",
        "An old sign_time",
        prepare(sign_time="2019-01-01 00:00:00"),
        complete(sign_time="2019-01-01 00:00:07"),
    ),
    _check(
        "G5",
        "Сумма 500, 500.0 и 500.00: подписан текст как есть",
        "Summa 500, 500.0 va 500.00: matn o‘zi imzolangan",
        "Amount 500, 500.0 and 500.00: the text as it stands is signed",
        *(prepare(amount=text) for text in ("$plain", "$one_zero", "$two_zeros")),
        complete(amount="$one_zero"),
        complete(-4, amount="$two_zeros"),
        continue_on_failure=True,
    ),
    _check(
        "G6",
        "Подпись кириллицы: байты UTF-8",
        "Kirill imzosi: UTF-8 baytlari",
        "Cyrillic is signed as UTF-8",
        prepare(-5, merchant_trans_id="Нет такого договора №7"),
        consumes_orders=False,
    ),
    _check(
        "G7",
        "На тийин больше, меньше и половина тийина",
        "Bir tiyin ko‘p, kam va yarim tiyin",
        "A tiyin more, less, and half a tiyin",
        *(prepare(-2, amount=text) for text in ("$tiyin_less", "$tiyin_more", "$part_of_tiyin")),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "G8",
        "Сумма, которая не число",
        "Son bo‘lmagan summa",
        "An amount that is no number",
        *(prepare(-2, amount=text) for text in NO_AMOUNTS),
        consumes_orders=False,
        continue_on_failure=True,
    ),
)
