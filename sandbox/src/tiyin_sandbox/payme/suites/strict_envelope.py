"""The envelope: verbs, bodies, ids and types (Payme, "Request format", "General errors")."""

from typing import Any, Final

from tiyin_sandbox.engine.checks import Check, Row, Step
from tiyin_sandbox.payme.request import NO_ID
from tiyin_sandbox.payme.suites.steps import (
    ALLOWED,
    AMOUNT,
    CANCEL,
    CHECK_PERFORM,
    CREATE,
    NOT_FOUND,
    PERFORM,
    STATEMENT,
    check_perform,
    look,
)

NOT_POST: Final = -32300
UNREADABLE: Final = -32700
INVALID: Final = -32600
NO_METHOD: Final = -32601
MISTYPED: Final = frozenset({INVALID, AMOUNT})
"""A wrong amount is what some call an amount of a wrong type; only taking it would be wrong."""

TOO_MUCH: Final = frozenset({UNREADABLE, INVALID, NO_METHOD})
"""Who reads it all finds no such method, which is well; only HTTP's own refusals are not."""

TOO_LONG: Final = 2 * 1024 * 1024
PARAMS: Final = {"amount": "$right", "account": "$order"}


def _row(number: str, names: tuple[str, str, str], *steps: Row, **more: Any) -> Check:
    more = {"needs": (), "spends": False, "goes_on": True, **more}
    return Check(f"payme.{number}", *names, group="envelope", steps=steps, strict=True, **more)


def _raw(say: str, error: int | frozenset[int], raw: bytes) -> Step:
    return Step(CHECK_PERFORM, error=error, how={"raw": raw}, say=say)


def _said(say: str, error: int, envelope: Any) -> Step:
    return Step(CHECK_PERFORM, error=error, how={"envelope": envelope}, say=say)


def _asked(say: str, **how: Any) -> Step:
    return Step(CHECK_PERFORM, PARAMS, result=ALLOWED, how=how, say=f"{CHECK_PERFORM}, {say}")


def _mistyped(call: str, params: dict[str, Any], say: str) -> Step:
    return Step(call, params, error=INVALID, say=f"{call}, {say}")


ENVELOPE: Final = (
    _row(
        "E1",
        ("Не POST", "POST emas", "Not POST"),
        *[Step(CHECK_PERFORM, error=NOT_POST, how={"verb": verb, "raw": b""}, say=verb) for verb in ("GET", "PUT")],
        Step(CHECK_PERFORM, error=NOT_POST, how={"verb": "HEAD", "raw": b""}, say="HEAD"),
    ),
    _row("E2", ("Битый JSON", "Buzuq JSON", "Broken JSON"), _raw("the body {", UNREADABLE, b"{")),
    _row("E3", ("Пустое тело", "Bo‘sh tana", "An empty body"), _raw("no body", UNREADABLE, b"")),
    _row(
        "E4",
        ("Тело в 2 МиБ", "2 MiB tana", "A body of 2 MiB"),
        _raw("2 MiB", TOO_MUCH, b'{"method":"' + b"x" * TOO_LONG + b'"}'),
    ),
    _row(
        "E5",
        ("Не объект; пакет", "Obyekt emas; paket", "No object; a batch"),
        _said("[]", INVALID, []),
        _said("a batch", INVALID, [{"method": CHECK_PERFORM, "params": PARAMS, "id": 1}]),
        _said("5", INVALID, 5),
        _said("null", INVALID, None),
        needs=("$order",),
    ),
    _row(
        "E6",
        ("Нет method; method — число", "method yo‘q; method — son", "No method; a number as method"),
        _said("no method", INVALID, {"id": 1, "params": {}}),
        _said("method 5", INVALID, {"id": 1, "method": 5, "params": {}}),
    ),
    _row(
        "E7",
        ("Нет params; params — список", "params yo‘q; params — ro‘yxat", "No params; a list as params"),
        _said("no params", INVALID, {"id": 1, "method": CHECK_PERFORM}),
        _said("a list as params", INVALID, {"id": 1, "method": CHECK_PERFORM, "params": [1]}),
    ),
    _row(
        "E8",
        ("Неизвестный метод", "Noma’lum metod", "An unknown method"),
        Step("NoSuchMethod", {}, error=NO_METHOD, how={"data": "NoSuchMethod"}),
    ),
    _row(
        "E9",
        ("id строкой", "id matn ko‘rinishida", "A text as id"),
        _asked("a text as id", id="abc-1", whole=True),
        needs=("$order",),
    ),
    _row("E10", ("Без id", "id’siz", "No id"), _asked("no id", id=NO_ID), needs=("$order",)),
    _row(
        "E11",
        ("С полем jsonrpc и без него", "jsonrpc maydoni bilan va usiz", "With and without jsonrpc"),
        _asked("with jsonrpc", jsonrpc=True),
        _asked("without jsonrpc"),
        needs=("$order",),
    ),
    _row(
        "E12",
        ("Любой Content-Type", "Har qanday Content-Type", "Any Content-Type"),
        *[
            _asked(f"Content-Type {kind}", content_type=kind)
            for kind in ("text/json; charset=UTF-8", "application/json", "text/plain", None)
        ],
        needs=("$order",),
    ),
    _row(
        "E13",
        (
            "Ответ: id, result или error, JSON",
            "Javob: id, result yoki error, JSON",
            "The answer: id, result or error, JSON",
        ),
        check_perform(how={"whole": True}),
        look(error=NOT_FOUND, how={"whole": True}),
        needs=("$order",),
    ),
    _row(
        "E14",
        ("Адрес с косой чертой и без неё", "Manzil oxirida / bilan va usiz", "With and without a trailing slash"),
        _asked("the other trailing slash", path="/"),
        needs=("$order",),
    ),
    _row(
        "E15",
        ("Тип суммы", "Summa turi", "The amount's type"),
        Step(CHECK_PERFORM, {"account": "$order"}, error=MISTYPED, say=f"{CHECK_PERFORM}, no amount"),
        *[
            Step(
                call,
                {"id": "$t", "time": "$now", "account": "$order", "amount": amount},
                error=MISTYPED,
                say=f"{call}, {say}",
            )
            for say, amount in (
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
    _row(
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
