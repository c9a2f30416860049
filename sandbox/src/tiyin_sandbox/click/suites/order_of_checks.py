"""The order of a gateway's checks: which comes first, and what each refuses (Click, "SHOP API", order of checks)."""

from typing import Any, Final

from tiyin_sandbox.click.suites.steps import WRONG_KEY, complete, either, prepare
from tiyin_sandbox.engine.checks import AnyStep, Check, ShopAction, Step

GROUP: Final = "order"
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
NO_PREPARE_IDS: Final = ("999999999", "0", "-1", "abc", "", "9" * 40)
OTHER_PAYMENT: Final[dict[str, Any]] = {"click_trans_id": "$trans2", "click_paydoc_id": "$paydoc2"}


def _check(number: str, ru: str, uz: str, en: str, *steps: AnyStep, **more: Any) -> Check:
    return Check(f"click.{number}", ru, uz, en, GROUP, steps, strict=True, **more)


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
