"""The fifteen rows of Click's desktop test program, in its three chains (Click, "Testing")."""

from dataclasses import dataclass, field
from typing import Any

CHAIN_1, CHAIN_2, CHAIN_3 = "chain-1", "chain-2", "chain-3"
PRICE = 50_000


@dataclass(frozen=True)
class Row:
    account: str
    action: str
    answer: int
    fields: dict[str, Any] = field(default_factory=dict)


BAD_SIGN = {"secret": "Kx7-demo-SECRETwrong"}
ROWS = {
    "1 Ошибка в подписи при подготовке платежа": Row(CHAIN_1, "0", -1, BAD_SIGN),
    "2 Успешная подготовка платежа": Row(CHAIN_1, "0", 0),
    "3 Ошибка в подписи при подтверждении платежа": Row(CHAIN_1, "1", -1, BAD_SIGN),
    "4 Ошибка в сумме при подтверждении платежа": Row(CHAIN_1, "1", -2, {"amount": "499"}),
    "5 Успешное подтверждение платежа": Row(CHAIN_1, "1", 0),
    "6 Повторное подтверждение ранее успешного платежа": Row(CHAIN_1, "1", -4),
    "7 Попытка отмены ранее успешного платежа": Row(CHAIN_1, "1", -4, {"error": -1}),
    "8 Не найден пользователь/заказ": Row(CHAIN_2 + "test", "0", -5),
    "9 Успешная подготовка платежа": Row(CHAIN_2, "0", 0),
    "10 Не найдена транзакция": Row(CHAIN_2, "1", -6, {"merchant_prepare_id": "9" * 40}),
    "11 Успешное подтверждение платежа": Row(CHAIN_2, "1", 0),
    "12 Успешная подготовка платежа": Row(CHAIN_3, "0", 0),
    "13 Отмена платежа": Row(CHAIN_3, "1", -9, {"error": -5017}),
    "14 Повторная отмена платежа": Row(CHAIN_3, "1", -9, {"error": -5017}),
    "15 Повторное подтверждение ранее отмененного платежа": Row(CHAIN_3, "1", -9),
}


async def test_the_desktop_program_passes(click, shop):
    for account in (CHAIN_1, CHAIN_2, CHAIN_3):
        await shop.opens(account, amount=PRICE)
    answers, prepare_id = {}, 0
    for name, row in ROWS.items():
        fields = {"merchant_prepare_id": prepare_id or "", "click_paydoc_id": 2_900_011_223} | row.fields
        answer = await click.posts(click.form(row.account, action=row.action, **fields))
        prepare_id = answer["merchant_prepare_id"] or prepare_id  # the program takes over whatever is not empty
        answers[name] = answer["error"]
    assert answers == {name: row.answer for name, row in ROWS.items()}
    assert await shop.states() == [("paid", "paid"), ("paid", "paid"), ("cancelled", "awaiting")]
