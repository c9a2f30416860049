"""Sends what Payme's test cabinet does before a shop may go live, item by item (Payme, "Sandbox", scenarios 1 and 2).

Items 2.1 and 2.2 send what 1.4 and 1.5 do. Each item brings an order of its own, so that it can be run alone.
"""

from typing import Final

from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    AMOUNT,
    CANCELLED,
    CANCELLED_NOW,
    CREATED,
    FORBIDDEN,
    NOT_FOUND,
    PENDING_NOW,
    PERFORMED,
    PERFORMED_NOW,
    RECEIPT,
    REVERSED,
    REVERSED_NOW,
    cancel,
    check_perform,
    check_transaction,
    containing,
    create,
    entry,
    fiscal,
    perform,
    statement,
)

BAD: Final = (("none", "no credentials"), ("wrong", "a wrong key"))


def _unauthorised() -> tuple[Step, ...]:
    """Every method that a gateway must have, by a stranger."""
    calls = (
        check_perform("$nobody"),
        create(order="$nobody"),
        perform(),
        cancel(),
        check_transaction(),
        statement("$before", "$after", []),
    )
    return tuple(
        Step(call.call, call.params, error=FORBIDDEN, options={"auth": auth}, label=f"{call.call}, {description}")
        for auth, description in BAD
        for call in calls
    )


def _check(number: str, names: tuple[str, str, str], group: str, *steps: Step, **more: object) -> Check:
    return Check(f"payme.{number}", *names, group=group, steps=steps, **more)  # type: ignore[arg-type]


def _same(name: str, ru: str = "", uz: str = "", en: str = "") -> tuple[str, str, str]:
    """A method's name is the same in all languages; what is added to it isn't."""
    return (f"{name}{ru and f' · {ru}'}", f"{name}{uz and f' · {uz}'}", f"{name}{en and f' · {en}'}")


CABINET: Final = (
    _check(
        "1.1",
        ("Неверная авторизация", "Noto‘g‘ri avtorizatsiya", "Wrong credentials"),
        "auth",
        *_unauthorised(),
        needs=(),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "1.2",
        ("Неверная сумма", "Noto‘g‘ri summa", "Wrong amount"),
        "amount",
        check_perform(amount="$wrong", error=AMOUNT),
        create(amount="$wrong", error=AMOUNT),
        consumes_orders=False,
        continue_on_failure=True,
        kind="one_time",
    ),
    _check(
        "1.3",
        ("Несуществующий счёт", "Mavjud bo‘lmagan hisob", "Account that doesn't exist"),
        "account",
        check_perform("$nobody", "$wrong", error=ACCOUNT),
        create("$t", "$nobody", "$wrong", error=ACCOUNT),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "1.4",
        _same("CheckPerformTransaction", "«Ожидает оплаты»", "«To‘lov kutilmoqda»", "“Awaiting payment”"),
        "check",
        check_perform(),
        consumes_orders=False,
    ),
    _check(
        "1.5",
        _same("CreateTransaction", "«Ожидает оплаты»", "«To‘lov kutilmoqda»", "“Awaiting payment”"),
        "create",
        check_perform(),
        create(result=CREATED, twice=True),
        check_transaction(result=PENDING_NOW),
        create("$t2", error="$busy"),
        kind="one_time",
    ),
    _check(
        "1.6",
        _same("CancelTransaction", "статус «1»", "«1» holati", "state “1”"),
        "cancel",
        create(),
        cancel(reason=3, result=CANCELLED, twice=True),
        check_transaction(result={**CANCELLED_NOW, "reason": 3}),
    ),
    _check(
        "2.3",
        _same("PerformTransaction"),
        "perform",
        create(),
        perform(result=PERFORMED, twice=True),
        check_transaction(result=PERFORMED_NOW),
    ),
    _check(
        "2.4",
        _same("CancelTransaction", "статус «2»", "«2» holati", "state “2”"),
        "cancel",
        create(),
        perform(),
        cancel(reason=5, result=REVERSED, twice=True),
        check_transaction(result={**REVERSED_NOW, "reason": 5}),
    ),
    _check(
        "busy",
        ("«Платеж обрабатывается»", "«To‘lov amalga oshirilmoqda»", "“Payment in progress”"),
        "check",
        create(),
        check_perform(error=ACCOUNT),
        create("$t2", error="$busy"),
        kind="one_time",
    ),
    _check(
        "blocked",
        ("«Заблокирован»", "«Bloklangan»", "“Blocked” (paid)"),
        "check",
        create(),
        perform(),
        check_perform(error=ACCOUNT),
        create("$t2", error=ACCOUNT),
        kind="one_time",
    ),
    _check(
        "missing",
        ("«Не существует»", "«Mavjud emas»", "“Doesn't exist”"),
        "check",
        check_perform("$nobody", error=ACCOUNT),
        create("$t", "$nobody", error=ACCOUNT),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "checktransaction",
        _same("CheckTransaction"),
        "checktransaction",
        create(),
        check_transaction(result=PENDING_NOW),
        check_transaction("$t2", error=NOT_FOUND),
        continue_on_failure=True,
    ),
    _check(
        "statement",
        _same("GetStatement"),
        "statement",
        create(),
        perform(),
        create("$t2", "$order2", time="$before"),
        statement("$before", "$after", containing("$t2", "$t")),
        statement("$before", "$after", entry("$t", state=2, reason=None, cancel_time=0)),
        statement("$before", "$after", entry("$t2", account="$order2", time="$before", state=1, perform_time=0)),
        needs=("$order", "$order2"),
    ),
    _check(
        "fiscal",
        _same("SetFiscalData"),
        "fiscal",
        create(),
        perform(),
        fiscal(),
        fiscal(data={**RECEIPT, "receipt_id": "121"}),
        fiscal("CANCEL"),
    ),
    _check(
        "accumulative",
        ("Счёт «Накопительный»", "«Jamg‘arma» hisob", "“Accumulative” account"),
        "create",
        create("$t"),
        create("$t2"),
        perform("$t2"),
        perform("$t"),
        create("$t3"),
        check_perform(),
        cancel("$t3"),
        kind="accumulative",
    ),
)
