"""A gateway keeps records: the edges of a statement, and fiscal receipts."""

from typing import Any, Final

from tiyin_sandbox.engine.checks import AnyStep, Check
from tiyin_sandbox.engine.expectations import TIMESTAMP
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    RECEIPT,
    cancel,
    containing,
    create,
    entry,
    fiscal,
    perform,
    statement,
    without,
)


def _check(number: str, group: str, names: tuple[str, str, str], *steps: AnyStep, **more: Any) -> Check:
    return Check(f"payme.{number}", *names, group=group, steps=steps, strict=True, **more)


RECORDS: Final = (
    _check(
        "S1",
        "statement",
        ("Границы периода включены", "Davr chegaralari kiradi", "Both ends of the period are in it"),
        create(),
        statement("$now", "$now", containing("$t")),
        statement("$before", "$now", containing("$t")),
        statement("$now", "$after", containing("$t")),
    ),
    _check(
        "S2",
        "statement",
        ("Вне периода транзакции нет", "Davrdan tashqarida tranzaksiya yo‘q", "Not in another period"),
        create(),
        statement("$before", "$just_before", without("$t")),
    ),
    _check(
        "S4",
        "statement",
        ("Отменённые тоже в выписке", "Bekor qilinganlar ham ko‘chirmada", "Cancelled ones are in it"),
        create(),
        cancel(reason=3),
        statement("$now", "$now", entry("$t", state=-1, reason=3, perform_time=0, cancel_time=TIMESTAMP)),
        create("$t2", "$order2"),
        perform("$t2"),
        cancel("$t2", reason=5, result={"state": -2}),
        statement(
            "$now",
            "$now",
            entry("$t2", account="$order2", state=-2, reason=5, perform_time=TIMESTAMP, cancel_time=TIMESTAMP),
        ),
        needs=("$order", "$order2"),
    ),
    _check(
        "S5",
        "statement",
        ("Отклонённых в выписке нет", "Rad etilganlar ko‘chirmada yo‘q", "What was refused is not in it"),
        create("$t", "$nobody", error=ACCOUNT),
        statement("$before", "$after", without("$t")),
        consumes_orders=False,
    ),
    _check(
        "S6",
        "statement",
        ("Пустой период", "Bo‘sh davr", "An empty period"),
        statement(1_000_000_000_000, 1_000_000_000_001, []),
        statement("$after", "$before", []),
        needs=(),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "F2-F3",
        "fiscal",
        ("Чеки оплаты и отмены, повторно", "To‘lov va bekor qilish cheklari, takroran", "Both receipts, and once more"),
        create(),
        perform(),
        fiscal(),
        fiscal(data={**RECEIPT, "fiscal_sign": "800031554083"}),
        fiscal("CANCEL"),
        fiscal("CANCEL", {**RECEIPT, "fiscal_sign": "800031554084"}),
    ),
    _check(
        "F4",
        "fiscal",
        ("Чек неизвестной транзакции", "Noma’lum tranzaksiya cheki", "A receipt of an unknown transaction"),
        fiscal(error=-32001),
        needs=(),
        consumes_orders=False,
    ),
    _check(
        "F5",
        "fiscal",
        ("Неверные фискальные данные", "Noto‘g‘ri fiskal ma’lumotlar", "Wrong fiscal data"),
        create(),
        perform(),
        fiscal("SALE", error=-32602),
        fiscal("PERFORM", "121", error=-32602),
        fiscal("PERFORM", [], error=-32602),
    ),
)
