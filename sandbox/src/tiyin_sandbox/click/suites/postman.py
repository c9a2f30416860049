"""Sends the fifteen rows of Click's Postman collection (Click, "Testing", Postman)."""

from typing import Final

from tiyin_sandbox.click.suites.chains import Line, chained
from tiyin_sandbox.click.suites.steps import WRONG_KEY, complete, prepare
from tiyin_sandbox.engine.checks import Step

USUAL: Final = {
    "click_trans_id": "$constant_trans",
    "click_paydoc_id": "$constant_paydoc",
    "sign_time": "$constant_time",
}
"""The same for all rows."""


def _line(number: int, ru: str, uz: str, en: str, step: Step, *, fresh: bool = False) -> Line:
    ru, uz, en = (f"{step.call} · {name}" for name in (ru, uz, en))
    return Line(number, ru, uz, en, step, fresh)


LINES: Final = (
    _line(1, "неверная подпись", "imzo noto‘g‘ri", "wrong signature", prepare(-1, options=WRONG_KEY), fresh=True),
    _line(2, "заказ не найден", "buyurtma topilmadi", "no such order", prepare(-5, merchant_trans_id="$unknown")),
    _line(3, "неоплаченный заказ", "to‘lanmagan buyurtma", "unpaid order", prepare()),
    _line(4, "неверная подпись", "imzo noto‘g‘ri", "wrong signature", complete(-1, options=WRONG_KEY)),
    _line(5, "сумма 300", "summa 300", "amount 300", complete(-2, amount="$three_hundred")),
    _line(6, "успешно", "muvaffaqiyatli", "success", complete()),
    _line(7, "повторно", "qayta", "again", complete(-4)),
    _line(
        8,
        "отмена подтверждённого платежа (error=-5017)",
        "tasdiqlangan to‘lovni bekor qilish (error=-5017)",
        "cancelling a confirmed payment (error=-5017)",
        complete(-9, error=-5017),
    ),
    _line(9, "новый заказ", "yangi buyurtma", "new order", prepare(), fresh=True),
    _line(
        10,
        "merchant_prepare_id=999999999",
        "merchant_prepare_id=999999999",
        "merchant_prepare_id=999999999",
        complete(-6, merchant_prepare_id="999999999"),
    ),
    _line(11, "успешно", "muvaffaqiyatli", "success", complete()),
    _line(12, "новый заказ", "yangi buyurtma", "new order", prepare(), fresh=True),
    _line(
        13, "отмена (error=-5017)", "bekor qilish (error=-5017)", "cancelled (error=-5017)", complete(-9, error=-5017)
    ),
    _line(
        14,
        "отмена повторно (error=-5017)",
        "qayta bekor qilish (error=-5017)",
        "cancelled again (error=-5017)",
        complete(-9, error=-5017),
    ),
    _line(15, "подтверждение отменённого", "bekor qilinganni tasdiqlash", "confirming what is cancelled", complete(-9)),
)

POSTMAN: Final = tuple(chained("postman", LINES, USUAL))
