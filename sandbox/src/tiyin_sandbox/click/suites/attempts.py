"""A Prepare opens an attempt, goes on with one, or is refused (Click, "SHOP API", order of checks)."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import NEW_ID, OTHER_PAYMENT, complete, either, prepare, strict_check
from tiyin_sandbox.engine.checks import ShopAction

_check = partial(strict_check, "order")

ATTEMPTS: Final = (
    _check(
        "O7c",
        "Prepare оплаченного заказа: тот же платёж",
        "To‘langan buyurtmaga Prepare: o‘sha to‘lov",
        "Prepare of a paid order by the payment that paid it",
        prepare(),
        complete(),
        prepare(-4, click_trans_id="$trans2", label="Prepare, the same click_paydoc_id"),
    ),
    _check(
        "O7d",
        "Prepare оплаченного заказа: другой платёж",
        "To‘langan buyurtmaga Prepare: boshqa to‘lov",
        "Prepare of a paid order by another payment",
        prepare(),
        complete(),
        prepare(-9, **OTHER_PAYMENT),
    ),
    _check(
        "O7e",
        "Prepare заказа, отменённого магазином",
        "Do‘kon bekor qilgan buyurtmaga Prepare",
        "Prepare of an order that the shop has cancelled",
        ShopAction("cancel"),
        prepare(either(-9, -5)),
    ),
    _check(
        "O7f",
        "Prepare с error<0",
        "error<0 bilan Prepare",
        "Prepare with error<0",
        prepare(-9, error="-1"),
        consumes_orders=False,
    ),
    _check(
        "O7f-own",
        "Prepare с error<0 отменяет свою попытку: -9, заказ свободен",
        "error<0 bilan Prepare o‘z urinishini bekor qiladi: -9, buyurtma bo‘sh",
        "Prepare with error<0 cancels its own attempt: -9, the order is free",
        prepare(),
        prepare(-9, error="-1", label="Prepare again, with error<0"),
        complete(-9, label="Complete of the cancelled attempt"),
        prepare(keep="$prepare2", result={"merchant_prepare_id": NEW_ID}, **OTHER_PAYMENT),
        complete(merchant_prepare_id="$prepare2", **OTHER_PAYMENT),
    ),
    _check(
        "O7g",
        "Неверная сумма при подготовке, затем верная",
        "Tayyorlashda noto‘g‘ri, keyin to‘g‘ri summa",
        "Wrong amount when preparing, then the right one",
        prepare(-2, amount="$wrong"),
        prepare(-2, amount="$in_tiyin", label="Prepare, tiyin instead of so'm"),
        prepare(click_trans_id="$trans2"),
        complete(click_trans_id="$trans2"),
    ),
    _check(
        "O7h",
        "Prepare дважды: тот же merchant_prepare_id",
        "Prepare ikki marta: o‘sha merchant_prepare_id",
        "Prepare twice: the same merchant_prepare_id",
        prepare(),
        prepare(result={"merchant_prepare_id": "$prepare"}),
        complete(),
    ),
    _check(
        "O7l",
        "Другой платёж по ожидающему заказу: оплачен будет один",
        "Kutilayotgan buyurtmaga boshqa to‘lov: faqat bittasi to‘lanadi",
        "Another payment of a prepared order: only one is paid",
        prepare(),
        prepare(keep="$prepare2", **OTHER_PAYMENT),
        complete(merchant_prepare_id="$prepare2", **OTHER_PAYMENT),
        complete(-9, label="Complete of the first attempt"),
        complete(-9, label="Complete of the first attempt, again"),
    ),
    _check(
        "O7m",
        "Следующая попытка того же платежа",
        "O‘sha to‘lovning keyingi urinishi",
        "The next attempt of the same payment",
        prepare(),
        prepare(click_trans_id="$trans2"),
        complete(click_trans_id="$trans2"),
    ),
    _check(
        "O7n",
        "click_paydoc_id 0 — не номер платежа",
        "click_paydoc_id 0 — to‘lov raqami emas",
        "A click_paydoc_id of 0 is no payment's number",
        prepare(click_paydoc_id="0"),
        prepare(
            keep="$prepare2", click_trans_id="$trans2", click_paydoc_id="0", result={"merchant_prepare_id": NEW_ID}
        ),
        complete(merchant_prepare_id="$prepare2", click_trans_id="$trans2", click_paydoc_id="0"),
    ),
)
