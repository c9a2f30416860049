"""Each state of a transaction and of its order answers each call, beyond the cabinet's two scenarios."""

from typing import Any, Final

from tiyin_sandbox.engine.checks import AnyStep, ShopAction
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    AMOUNT,
    CANCELLED_NOW,
    CANNOT,
    DELIVERED,
    NOT_FOUND,
    PERFORMED_NOW,
    REVERSED,
    REVERSED_NOW,
    cancel,
    check_perform,
    check_transaction,
    create,
    perform,
    strict_check,
)

DIFFERS: Final = frozenset({AMOUNT, CANNOT})

PERFORM_CHECKS: Final = (
    strict_check(
        "perform",
        "perform.unknown",
        (
            "PerformTransaction: нет транзакции",
            "PerformTransaction: tranzaksiya yo‘q",
            "PerformTransaction: unknown id",
        ),
        perform(error=NOT_FOUND),
        needs=(),
        consumes_orders=False,
    ),
    strict_check(
        "perform",
        "perform.cancelled",
        (
            "PerformTransaction после отмены",
            "Bekor qilingandan keyin PerformTransaction",
            "PerformTransaction after -1",
        ),
        create(),
        cancel(),
        perform(error=CANNOT),
        check_transaction(result={**CANCELLED_NOW, "reason": 3}),
    ),
    strict_check(
        "perform",
        "perform.reversed",
        ("PerformTransaction после возврата", "Qaytarilgandan keyin PerformTransaction", "PerformTransaction after -2"),
        create(),
        perform(),
        cancel(reason=5, result=REVERSED),
        perform(error=CANNOT),
        check_transaction(result={**REVERSED_NOW, "reason": 5}),
    ),
)

CANCEL_CHECKS: Final = (
    strict_check(
        "cancel",
        "cancel.unknown",
        ("CancelTransaction: нет транзакции", "CancelTransaction: tranzaksiya yo‘q", "CancelTransaction: unknown id"),
        cancel(error=NOT_FOUND),
        needs=(),
        consumes_orders=False,
    ),
    strict_check(
        "cancel",
        "cancel.first_reason",
        (
            "Повтор отмены не меняет причину",
            "Takroriy bekor qilish sababni o‘zgartirmaydi",
            "A repeat keeps the first reason",
        ),
        create(),
        cancel(reason=3, keep={"$cancel_time": "cancel_time"}),
        cancel(reason=5),
        check_transaction(result={**CANCELLED_NOW, "reason": 3, "cancel_time": "$cancel_time"}),
    ),
    strict_check(
        "cancel",
        "cancel.stays_reversed",
        ("Повтор отмены не меняет -2", "Takroriy bekor qilish -2 ni o‘zgartirmaydi", "A repeat leaves -2 as it is"),
        create(),
        perform(keep={"$perform_time": "perform_time"}),
        cancel(reason=5, result=REVERSED),
        cancel(reason=3, result=REVERSED),
        check_transaction(result={**REVERSED_NOW, "reason": 5, "perform_time": "$perform_time"}),
    ),
    strict_check(
        "cancel",
        "cancel.frees",
        (
            "После отмены заказ снова можно оплатить",
            "Bekor qilingach, yana to‘lash mumkin",
            "A cancelled attempt frees the order",
        ),
        create(),
        cancel(),
        check_perform(),
        create("$t2"),
    ),
    strict_check(
        "cancel",
        "cancel.delivered",
        ("Отмена выданного заказа", "Topshirilgan buyurtmani bekor qilish", "Cancel when the goods are handed over"),
        create(),
        perform(),
        ShopAction("deliver"),
        cancel(reason=5, error=DELIVERED, twice=True),
        check_transaction(result=PERFORMED_NOW),
        kind="one_time",
    ),
)

CREATE_CHECKS: Final = (
    strict_check(
        "create",
        "create.cancelled",
        ("CreateTransaction с id отменённой", "Bekor qilinganning id’si bilan", "CreateTransaction again after -1"),
        create(),
        cancel(),
        create(error=CANNOT),
    ),
    strict_check(
        "create",
        "create.performed",
        ("CreateTransaction с id проведённой", "O‘tkazilganning id’si bilan", "CreateTransaction again after 2"),
        create(),
        perform(),
        create(error=CANNOT),
    ),
    strict_check(
        "create",
        "create.other_amount",
        ("Тот же id, другая сумма", "O‘sha id, boshqa summa", "The same id, another amount"),
        create(),
        create(amount="$wrong", error=DIFFERS),
    ),
    strict_check(
        "create",
        "create.other_account",
        ("Тот же id, другой заказ", "O‘sha id, boshqa buyurtma", "The same id, another order"),
        create(),
        create(order="$order2", error=ACCOUNT | {CANNOT}),
        needs=("$order", "$order2"),
        kind="one_time",
    ),
    strict_check(
        "create",
        "create.withdrawn",
        ("Заказ отменён магазином", "Buyurtmani do‘kon bekor qilgan", "An order that the shop has withdrawn"),
        ShopAction("cancel"),
        check_perform(error=ACCOUNT),
        create(error=ACCOUNT),
        kind="one_time",
    ),
)


def _amounts(*amounts: Any) -> tuple[AnyStep, ...]:
    pairs = [(check_perform(amount=amount, error=AMOUNT), create(amount=amount, error=AMOUNT)) for amount in amounts]
    return tuple(step for pair in pairs for step in pair)


HIDES: Final = {"hides": "$right"}

AMOUNT_AND_ACCOUNT_CHECKS: Final = (
    strict_check(
        "amount",
        "W3-W6",
        (
            "Суммы: -1 тийин, в сумах, ×100, 0, -1",
            "Summalar: -1 tiyin, so‘mda, ×100, 0, -1",
            "Amounts: 1 less, so'm, ×100, 0, -1",
        ),
        *_amounts("$less", "$in_som", "$hundredfold", 0, -1),
        consumes_orders=False,
        continue_on_failure=True,
        kind="one_time",
    ),
    strict_check(
        "amount",
        "amount.hidden",
        ("Ошибка не выдаёт верную сумму", "Xato to‘g‘ri summani oshkor qilmaydi", "The error hides the right amount"),
        check_perform(amount=1, error=AMOUNT, options=HIDES),
        create(amount=1, error=AMOUNT, options=HIDES),
        consumes_orders=False,
        kind="one_time",
    ),
    strict_check(
        "account",
        "U3-U4",
        (
            "Счёт без поля, с чужим полем, пустой",
            "Maydonsiz, begona maydonli, bo‘sh hisob",
            "Account: no field, another field, empty",
        ),
        *[
            step
            for account in ({}, {"another_field": "1"}, "$empty", "$nobody")
            for step in (check_perform(account, error=ACCOUNT), create("$t", account, error=ACCOUNT))
        ],
        consumes_orders=False,
        continue_on_failure=True,
    ),
    strict_check(
        "account",
        "U5",
        ("Счёт проверяется раньше суммы", "Hisob summadan oldin tekshiriladi", "The account comes before the amount"),
        *[
            step
            for amount in ("$wrong", 0, -1)
            for step in (
                check_perform("$nobody", amount, error=ACCOUNT),
                create("$t", "$nobody", amount, error=ACCOUNT),
            )
        ],
        consumes_orders=False,
        continue_on_failure=True,
    ),
)

STATES: Final = (*AMOUNT_AND_ACCOUNT_CHECKS, *CREATE_CHECKS, *PERFORM_CHECKS, *CANCEL_CHECKS)
