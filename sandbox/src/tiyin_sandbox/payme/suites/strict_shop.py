"""What the shop does with an order, or lets happen to it, decides what becomes of the order's transactions."""

from functools import partial
from typing import Final

from tiyin_sandbox.engine.checks import Pause, ShopAction
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    AMOUNT,
    CANCELLED,
    CANCELLED_NOW,
    CANNOT,
    PENDING_NOW,
    cancel,
    check_perform,
    check_transaction,
    create,
    perform,
    strict_check,
)

EXPIRES_IN: Final = 6.0
"""Seconds: the order must have its transaction by then, on a slow machine too."""
CLOCK_BEHIND_MAX: Final = 3.0
"""Seconds by which the gateway's clock may be behind ours."""

RESERVATION_OVER: Final = Pause(
    "$reservation",
    cure="it waits until a held order may be taken over: say after how many seconds with --reservation"
    " (tiyin: PAYME_RESERVATION, at least 1800)",
)

RELEASED: Final = {**CANCELLED_NOW, "reason": 10}
"""Payme has no number for it: ten is an unknown error (Payme, "Data types", reasons)."""

_check = partial(strict_check, "shop", kind="one_time")

SHOP: Final = (
    _check(
        "T9",
        (
            "Магазин завершил ожидающую транзакцию",
            "Do‘kon kutilayotgan tranzaksiyani tugatgan",
            "The shop has ended a pending transaction",
        ),
        create(),
        ShopAction("release"),
        perform(error=CANNOT, twice=True),
        check_transaction(result=RELEASED, keep={"$cancel_time": "cancel_time"}),
        cancel(reason=3, result={**CANCELLED, "cancel_time": "$cancel_time"}),
        check_transaction(result={**RELEASED, "cancel_time": "$cancel_time"}),
        check_perform(),
        create("$t2"),
    ),
    _check(
        "T10",
        (
            "Новая транзакция забирает заказ у прежней",
            "Yangi tranzaksiya buyurtmani avvalgisidan oladi",
            "A newer transaction takes the order over",
        ),
        create(),
        RESERVATION_OVER,
        create("$t2", time="$later"),
        perform(error=CANNOT),
        check_transaction(result={**CANCELLED_NOW, "reason": 4}),
        check_transaction("$t2", result=PENDING_NOW),
        in_background=True,
    ),
    _check(
        "shop.strict_expiry",
        (
            "Заказ со строгим сроком истёк до PerformTransaction",
            "Muddati qat’iy buyurtma PerformTransaction’gacha tugagan",
            "A strict expiry before PerformTransaction",
        ),
        create(),
        Pause(EXPIRES_IN + CLOCK_BEHIND_MAX),
        perform(error=CANNOT),
        check_transaction(result={**CANCELLED_NOW, "reason": 4}),
        create("$t2", error=ACCOUNT),
        expires_in=EXPIRES_IN,
        in_background=True,
    ),
    _check(
        "shop.amended",
        ("Магазин изменил сумму заказа", "Do‘kon buyurtma summasini o‘zgartirgan", "The shop has changed the amount"),
        ShopAction("amend", {"amount": "$wrong"}),
        check_perform(error=AMOUNT),
        create(error=AMOUNT),
        check_perform(amount="$wrong"),
        create(amount="$wrong"),
        perform(),
    ),
    _check(
        "shop.reopened",
        (
            "Магазин снова открыл отменённый заказ",
            "Do‘kon bekor qilingan buyurtmani qayta ochgan",
            "The shop has reopened a cancelled order",
        ),
        ShopAction("cancel"),
        create(error=ACCOUNT),
        ShopAction("reopen"),
        check_perform(),
        create("$t2"),
        perform("$t2"),
    ),
)
