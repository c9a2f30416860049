"""A gateway keeps to the envelope, whatever verb, body or type comes (Payme, "Request format", "General errors")."""

from functools import partial
from typing import Any, Final

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.payme.request import NO_ID
from tiyin_sandbox.payme.suites.steps import (
    ALLOWED,
    AMOUNT,
    CANCEL,
    CHECK_PERFORM,
    CREATE,
    INVALID,
    NO_METHOD,
    NOT_FOUND,
    NOT_POST,
    PERFORM,
    STATEMENT,
    UNREADABLE,
    check_perform,
    check_transaction,
    raw,
    strict_check,
)

MISTYPED: Final = frozenset({INVALID, AMOUNT})
"""A wrong amount is what some call an amount of a wrong type; only taking it would be wrong."""

TOO_MUCH: Final = frozenset({UNREADABLE, INVALID, NO_METHOD})
"""Who reads it all finds no such method, which is well; only HTTP's own refusals are not."""

TOO_LONG: Final = 2 * 1024 * 1024
PARAMS: Final = {"amount": "$right", "account": "$order"}

_check = partial(strict_check, "envelope", needs=(), consumes_orders=False, continue_on_failure=True)


def _said(label: str, error: int, envelope: Any) -> Step:
    return Step(CHECK_PERFORM, error=error, options={"envelope": envelope}, label=label)


def _asked(label: str, **options: Any) -> Step:
    return Step(CHECK_PERFORM, PARAMS, result=ALLOWED, options=options, label=f"{CHECK_PERFORM}, {label}")


def _mistyped(call: str, params: dict[str, Any], label: str) -> Step:
    return Step(call, params, error=INVALID, label=f"{call}, {label}")


ENVELOPE: Final = (
    _check(
        "E1",
        ("Не POST", "POST emas", "Not POST"),
        *[
            Step(CHECK_PERFORM, error=NOT_POST, options={"verb": verb, "raw": b""}, label=verb)
            for verb in ("GET", "PUT")
        ],
        Step(CHECK_PERFORM, error=NOT_POST, options={"verb": "HEAD", "raw": b""}, label="HEAD"),
    ),
    _check("E2", ("Битый JSON", "Buzuq JSON", "Broken JSON"), raw("the body {", b"{", UNREADABLE)),
    _check("E3", ("Пустое тело", "Bo‘sh tana", "An empty body"), raw("no body", b"", UNREADABLE)),
    _check(
        "E4",
        ("Тело в 2 МиБ", "2 MiB tana", "A body of 2 MiB"),
        raw("2 MiB", b'{"method":"' + b"x" * TOO_LONG + b'"}', TOO_MUCH),
    ),
    _check(
        "E5",
        ("Не объект; пакет", "Obyekt emas; paket", "No object; a batch"),
        _said("[]", INVALID, []),
        _said("a batch", INVALID, [{"method": CHECK_PERFORM, "params": PARAMS, "id": 1}]),
        _said("5", INVALID, 5),
        _said("null", INVALID, None),
        needs=("$order",),
    ),
    _check(
        "E6",
        ("Нет method; method — число", "method yo‘q; method — son", "No method; a number as method"),
        _said("no method", INVALID, {"id": 1, "params": {}}),
        _said("method 5", INVALID, {"id": 1, "method": 5, "params": {}}),
    ),
    _check(
        "E7",
        ("Нет params; params — список", "params yo‘q; params — ro‘yxat", "No params; a list as params"),
        _said("no params", INVALID, {"id": 1, "method": CHECK_PERFORM}),
        _said("a list as params", INVALID, {"id": 1, "method": CHECK_PERFORM, "params": [1]}),
    ),
    _check(
        "E8",
        ("Неизвестный метод", "Noma’lum metod", "An unknown method"),
        Step("NoSuchMethod", {}, error=NO_METHOD, options={"data": "NoSuchMethod"}),
    ),
    _check(
        "E9",
        ("id строкой", "id matn ko‘rinishida", "A text as id"),
        _asked("a text as id", id="abc-1", whole=True),
        needs=("$order",),
    ),
    _check("E10", ("Без id", "id’siz", "No id"), _asked("no id", id=NO_ID), needs=("$order",)),
    _check(
        "E11",
        ("С полем jsonrpc и без него", "jsonrpc maydoni bilan va usiz", "With and without jsonrpc"),
        _asked("with jsonrpc", jsonrpc=True),
        _asked("without jsonrpc"),
        needs=("$order",),
    ),
    _check(
        "E12",
        ("Любой Content-Type", "Har qanday Content-Type", "Any Content-Type"),
        *[
            _asked(f"Content-Type {kind}", content_type=kind)
            for kind in ("text/json; charset=UTF-8", "application/json", "text/plain", None)
        ],
        needs=("$order",),
    ),
    _check(
        "E13",
        (
            "Ответ: id, result или error, JSON",
            "Javob: id, result yoki error, JSON",
            "The answer: id, result or error, JSON",
        ),
        check_perform(options={"whole": True}),
        check_transaction(error=NOT_FOUND, options={"whole": True}),
        needs=("$order",),
    ),
    _check(
        "E14",
        ("Адрес с косой чертой и без неё", "Manzil oxirida / bilan va usiz", "With and without a trailing slash"),
        _asked("the other trailing slash", other_slash=True),
        needs=("$order",),
    ),
    _check(
        "E15",
        ("Тип суммы", "Summa turi", "The amount's type"),
        Step(CHECK_PERFORM, {"account": "$order"}, error=MISTYPED, label=f"{CHECK_PERFORM}, no amount"),
        *[
            Step(
                call,
                {"id": "$t", "time": "$now", "account": "$order", "amount": amount},
                error=MISTYPED,
                label=f"{call}, {label}",
            )
            for label, amount in (
                ("true", True),
                ("a text", "$right_text"),
                ("null", None),
                ("a list", ["$right"]),
                ("an object", {}),
                ("a fraction", "$right_and_half"),
                ("a number of 400 digits", int("9" * 400)),
            )
            for call in (CHECK_PERFORM, CREATE)
        ],
        needs=("$order",),
    ),
    _check(
        "E16",
        (
            "Пропущенные поля и неверные типы",
            "Tushib qolgan maydonlar, noto‘g‘ri turlar",
            "Missing fields and wrong types",
        ),
        _mistyped(STATEMENT, {}, "no from, no to"),
        _mistyped(STATEMENT, {"from": "$before"}, "no to"),
        _mistyped(STATEMENT, {"from": "x", "to": "$after"}, "a text as from"),
        _mistyped(CREATE, {"id": "$t", "amount": "$right", "account": "$order"}, "no time"),
        _mistyped(CREATE, {"time": "$now", "amount": "$right", "account": "$order"}, "no id"),
        _mistyped(CREATE, {"id": 5, "time": "$now", "amount": "$right", "account": "$order"}, "a number as id"),
        _mistyped(PERFORM, {}, "no id"),
        _mistyped(PERFORM, {"id": {"$": "1"}}, "an object as id"),
        _mistyped(CANCEL, {"id": "$t"}, "no reason"),
        _mistyped(CANCEL, {"id": "$t", "reason": "5"}, "a text as reason"),
        needs=("$order",),
    ),
)
