"""What the shop does with an order, or lets happen to it, decides what becomes of the order's attempts."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import (
    NEW_ID,
    NEWER,
    OTHER_PAYMENT,
    TWO_ATTEMPTS,
    complete,
    either,
    prepare,
    strict_check,
)
from tiyin_sandbox.engine.checks import Pause, ShopAction

EXPIRES_IN: Final = 6.0
"""Seconds: the order must have its attempt by then, on a slow machine too."""
CLOCK_BEHIND_MAX: Final = 3.0
"""Seconds by which the gateway's clock may be behind ours."""

AMENDED: Final = ShopAction("amend", {"amount": "$wrong_as_tiyin"})

_check = partial(strict_check, "shop", kind="one_time")

SHOP: Final = (
    _check(
        "O8c-released",
        "Магазин завершил попытку: Complete -9 навсегда, заказ свободен",
        "Do‘kon urinishni tugatgan: Complete butunlay -9, buyurtma bo‘sh",
        "The shop has ended the attempt: Complete answers -9 for good, the order is free",
        prepare(),
        ShopAction("release"),
        complete(-9),
        complete(-9, label="Complete again"),
        prepare(keep="$prepare2", result={"merchant_prepare_id": NEW_ID}, **OTHER_PAYMENT),
        complete(-9, label="Complete of the ended attempt, beside a newer one"),
        complete(label="Complete of the newer attempt", **NEWER),
    ),
    _check(
        "O8e2",
        "Заказ со строгим сроком истёк до Complete: -9 навсегда",
        "Muddati qat’iy buyurtma Complete’gacha tugagan: butunlay -9",
        "A strict expiry before Complete: -9 for good",
        prepare(),
        Pause(EXPIRES_IN + CLOCK_BEHIND_MAX),
        complete(-9),
        complete(-9, label="Complete again"),
        expires_in=EXPIRES_IN,
        in_background=True,
    ),
    _check(
        "O7g-amended",
        "Магазин изменил сумму: прежняя отвечает -2, новая оплачивается",
        "Do‘kon summani o‘zgartirgan: avvalgisiga -2, yangisi to‘lanadi",
        "The shop has changed the amount: the old one answers -2, the new one is paid",
        AMENDED,
        prepare(-2),
        prepare(amount="$wrong"),
        complete(amount="$wrong"),
    ),
    _check(
        "O8c3-amended",
        "Прежняя сумма прежней попытки после изменения заказа: -9 навсегда",
        "Buyurtma o‘zgartirilgach, avvalgi urinishning avvalgi summasi: butunlay -9",
        "The older attempt's old amount after the order was changed: -9 for good",
        *TWO_ATTEMPTS,
        complete(-9, error=-5017, label="Complete of the newer attempt, which has failed", **NEWER),
        AMENDED,
        complete(-9, label="Complete of the older attempt, the old amount"),
        complete(-9, amount="$wrong", label="Complete of the older attempt, the new amount"),
        complete(-9, label="Complete of the older attempt, the old amount again"),
    ),
    _check(
        "O7e-reopened",
        "Магазин снова открыл отменённый заказ: его можно оплатить",
        "Do‘kon bekor qilingan buyurtmani qayta ochgan: to‘lash mumkin",
        "The shop has reopened a cancelled order: it can be paid",
        ShopAction("cancel"),
        prepare(either(-9, -5)),
        ShopAction("reopen"),
        prepare(click_trans_id="$trans2"),
        complete(click_trans_id="$trans2"),
    ),
)
