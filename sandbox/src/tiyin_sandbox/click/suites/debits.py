"""A Complete says that a card was debited, and for which attempt (Click, "SHOP API", order of checks)."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import OTHER_PAYMENT, complete, prepare, strict_check

NO_PREPARE_IDS: Final = ("999999999", "0", "-1", "abc", "", "9" * 40)

_check = partial(strict_check, "order")

DEBITS: Final = (
    _check(
        "O8a",
        "Неизвестный merchant_prepare_id",
        "Noma’lum merchant_prepare_id",
        "Unknown merchant_prepare_id",
        prepare(),
        *(complete(-6, merchant_prepare_id=text) for text in NO_PREPARE_IDS),
        complete(label="Complete: the attempt is still prepared"),
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
        complete(merchant_trans_id="$other", merchant_prepare_id="$prepare2", label="Complete of the other order"),
        needs=("$order", "$other"),
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
