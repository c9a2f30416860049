"""Payme's errors, with their texts, answer the core's refusals: the catalogues say which answers which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from core import Refusal

ACCOUNT_CODES: Final = range(-31099, -31049)
"""Errors of the order: `data` names the account's field (Payme, "Errors")."""


@dataclass(frozen=True, slots=True)
class PaymeError:
    code: int
    ru: str
    uz: str
    en: str

    def body(self, data: str | None) -> Any:
        """The error object of JSON-RPC; its message is shown to the payer."""
        error = {"code": self.code, "message": {"ru": self.ru, "uz": self.uz, "en": self.en}}
        return error if data is None else {**error, "data": data}


class RpcError(Exception):
    """Ends a call with an error."""

    def __init__(self, error: PaymeError, *, data: str | None = None, refusal: Refusal | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.data = data
        self.refusal = refusal


NOT_POST: Final = PaymeError(
    -32300,
    "Запрос должен быть отправлен методом POST",
    "So‘rov POST usulida yuborilishi kerak",
    "The request must be a POST",
)
PARSE_ERROR: Final = PaymeError(
    -32700, "Запрос не удалось разобрать", "So‘rovni o‘qib bo‘lmadi", "The request could not be read"
)
INVALID_REQUEST: Final = PaymeError(
    -32600, "Неверные параметры запроса", "So‘rov parametrlari noto‘g‘ri", "The request's fields are wrong"
)
METHOD_NOT_FOUND: Final = PaymeError(-32601, "Метод не найден", "Metod topilmadi", "There is no such method")
FORBIDDEN: Final = PaymeError(-32504, "Недостаточно прав", "Huquqlar yetarli emas", "Not enough privileges")
TRY_AGAIN: Final = PaymeError(
    -32400, "Сервис временно недоступен", "Xizmat vaqtincha ishlamayapti", "The service is temporarily unavailable"
)
WRONG_FISCAL_DATA: Final = PaymeError(
    -32602, "Неверные фискальные данные", "Fiskal ma’lumotlar noto‘g‘ri", "The fiscal data are wrong"
)
NO_RECEIPT: Final = PaymeError(-32001, "Чек не найден", "Chek topilmadi", "There is no such receipt")

AMOUNT: Final = PaymeError(-31001, "Неверная сумма", "Summa noto‘g‘ri", "The amount is wrong")
NOT_FOUND: Final = PaymeError(-31003, "Транзакция не найдена", "Tranzaksiya topilmadi", "The transaction was not found")
DELIVERED: Final = PaymeError(
    -31007,
    "Заказ выполнен, отменить его невозможно",
    "Buyurtma bajarilgan, uni bekor qilib bo‘lmaydi",
    "The order has been fulfilled and cannot be cancelled",
)
MOVED: Final = PaymeError(
    -31007,
    "Деньги засчитаны за другой заказ: сначала магазин должен вернуть их на этот",
    "Pul boshqa buyurtmaga o‘tkazilgan: avval do‘kon uni shu buyurtmaga qaytarishi kerak",
    "The money counts for another order: the shop has to move it back first",
)
PARTLY_REFUNDED: Final = PaymeError(
    -31007,
    "Деньги или их часть уже возвращены иным путём, отменить платёж целиком невозможно",
    "Pul yoki uning bir qismi boshqa yo‘l bilan qaytarilgan, to‘lovni to‘liq bekor qilib bo‘lmaydi",
    "All or a part was given back on another way, so the whole cannot be cancelled",
)
CANNOT: Final = PaymeError(
    -31008, "Операцию выполнить невозможно", "Amalni bajarib bo‘lmaydi", "The operation cannot be carried out"
)
TIMED_OUT: Final = PaymeError(
    -31008, "Время на оплату истекло", "To‘lov vaqti tugagan", "The time for the payment is over"
)
CLOCKS_DIFFER: Final = PaymeError(
    -31008,
    "Время платежа опережает наши часы больше чем на час: проверьте часы и начните платёж заново",
    "To‘lov vaqti soatimizdan bir soatdan ko‘p oldinda: soatni tekshirib, to‘lovni qayta boshlang",
    "The payment's time is more than an hour ahead of our clock: check the clocks and start again",
)
NO_ORDER: Final = PaymeError(-31050, "Заказ не найден", "Buyurtma topilmadi", "The order was not found")
PAID: Final = PaymeError(
    -31051, "Заказ уже оплачен", "Buyurtma allaqachon to‘langan", "The order has already been paid"
)
CANCELLED: Final = PaymeError(-31051, "Заказ отменён", "Buyurtma bekor qilingan", "The order has been cancelled")
REFUNDED: Final = PaymeError(
    -31051, "Деньги за заказ возвращены", "Buyurtma puli qaytarilgan", "The order has been refunded"
)
EXPIRED: Final = PaymeError(-31052, "Срок оплаты заказа истёк", "Buyurtma muddati tugagan", "The order has expired")
BUSY: Final = PaymeError(
    -31053,
    "Заказ уже оплачивается, попробуйте позже",
    "Buyurtma uchun to‘lov bajarilmoqda, keyinroq urinib ko‘ring",
    "The order is being paid right now, try again later",
)

PAYME: Final[Mapping[Refusal, PaymeError]] = {
    Refusal.ORDER_NOT_FOUND: NO_ORDER,
    Refusal.ORDER_PAID: PAID,
    Refusal.ORDER_CANCELLED: CANCELLED,
    Refusal.ORDER_REFUNDED: REFUNDED,
    Refusal.ORDER_EXPIRED: EXPIRED,
    Refusal.ORDER_BUSY: BUSY,
    Refusal.ORDER_DELIVERED: DELIVERED,
    Refusal.ORDER_NOT_PAID: CANNOT,
    Refusal.ORDER_DIFFERS: CANNOT,
    Refusal.ORDER_ELSEWHERE: NO_ORDER,
    Refusal.WRONG_AMOUNT: AMOUNT,
    Refusal.PAYMENT_NOT_FOUND: NOT_FOUND,
    Refusal.PAYMENT_PAID: CANNOT,
    Refusal.PAYMENT_CANCELLED: CANNOT,
    Refusal.PAYMENT_REVERSED: CANNOT,
    Refusal.PAYMENT_EXPIRED: TIMED_OUT,
    Refusal.PAYMENT_DIFFERS: CANNOT,
    Refusal.PAYMENT_TOO_OLD: TIMED_OUT,
    Refusal.PAYMENT_FROM_FUTURE: CLOCKS_DIFFER,
    Refusal.PAYMENT_DECLINED: CANNOT,
    Refusal.PAYMENT_PENDING: CANNOT,
    Refusal.PAYMENT_NOT_PAID: CANNOT,
    Refusal.PAYMENT_MOVED: MOVED,
    Refusal.PARTLY_REFUNDED: PARTLY_REFUNDED,
    Refusal.PAYMENT_NOT_OWN: CANNOT,
    Refusal.ATTEMPT_YOUNG: CANNOT,
    Refusal.INVALID: CANNOT,
    Refusal.KEY_REUSED: CANNOT,
}

ON_PERFORM: Final[Mapping[Refusal, PaymeError]] = {
    refusal: CANNOT if error.code in ACCOUNT_CODES else error for refusal, error in PAYME.items()
}
"""The payer has been debited: whatever became of the order, it is the transaction that cannot go on."""

ON_FISCAL_DATA: Final[Mapping[Refusal, PaymeError]] = {**PAYME, Refusal.PAYMENT_NOT_FOUND: NO_RECEIPT}
"""Fiscal data belong to a receipt (Payme, "SetFiscalData")."""


@cache
def on_create(busy_order_code: int) -> Mapping[Refusal, PaymeError]:
    """Payme's documentation and its test cabinet disagree about an order that another transaction holds."""
    return {**PAYME, Refusal.ORDER_BUSY: replace(BUSY, code=busy_order_code)}
