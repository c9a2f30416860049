"""Wrong credentials of every kind are refused by every method (Payme, "Authentication")."""

from functools import partial
from typing import Any, Final

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.payme.suites.steps import (
    ALLOWED,
    FORBIDDEN,
    cancel,
    check_perform,
    check_transaction,
    create,
    fiscal,
    perform,
    statement,
    strict_check,
)

CALLS: Final = (
    check_perform("$nobody"),
    create(order="$nobody"),
    perform(),
    cancel(),
    check_transaction(),
    statement("$before", "$after", []),
    fiscal(),
)

_check = partial(strict_check, "auth", needs=(), consumes_orders=False, continue_on_failure=True)


def _everywhere(auth: str, **options: Any) -> tuple[Step, ...]:
    return tuple(Step(call.call, call.params, error=FORBIDDEN, options={"auth": auth, **options}) for call in CALLS)


def _wrong_key(label: str, **options: Any) -> Step:
    return Step("CheckPerformTransaction", {}, error=FORBIDDEN, options={"auth": "wrong", **options}, label=label)


AUTH: Final = (
    _check(
        "A1",
        ("Без заголовка Authorization", "Authorization sarlavhasisiz", "No Authorization header"),
        *_everywhere("none"),
    ),
    _check("A2", ("Bearer вместо Basic", "Basic o‘rniga Bearer", "Bearer for Basic"), *_everywhere("bearer")),
    _check("A3", ("Basic без значения", "Qiymatsiz Basic", "Basic without a value"), *_everywhere("bare")),
    _check("A4", ("Не base64", "Base64 emas", "Not base64"), *_everywhere("not base64")),
    _check("A5", ("Не UTF-8", "UTF-8 emas", "Not UTF-8"), *_everywhere("not UTF-8")),
    _check("A6", ("Без двоеточия", "Ikki nuqtasiz", "No colon"), *_everywhere("no colon")),
    _check(
        "A7",
        ("Чужой логин, верный ключ", "Boshqa login, to‘g‘ri kalit", "Another login, the right key"),
        *_everywhere("other login"),
        *_everywhere("no login"),
    ),
    _check("A8", ("Пустой ключ", "Bo‘sh kalit", "An empty key"), *_everywhere("empty key")),
    _check(
        "A9",
        ("Лишний символ в ключе", "Kalitda ortiqcha belgi", "One character more"),
        *_everywhere("longer key"),
        *_everywhere("shorter key"),
    ),
    _check(
        "A10",
        ("Изменён последний символ ключа", "Kalitning oxirgi belgisi boshqa", "Last character changed"),
        *_everywhere("changed key"),
    ),
    _check(
        "A11",
        ("Неверный ключ и битый JSON", "Noto‘g‘ri kalit va buzuq JSON", "A wrong key and broken JSON"),
        _wrong_key("a wrong key and the body {", raw=b"{"),
        _wrong_key("a wrong key and an empty body", raw=b""),
    ),
    _check(
        "A12",
        ("Неверный ключ и неверный запрос", "Noto‘g‘ri kalit va noto‘g‘ri so‘rov", "A wrong key and a bad request"),
        Step("NoSuchMethod", {}, error=FORBIDDEN, options={"auth": "wrong"}),
        _wrong_key("a wrong key and no params", envelope={"method": "CheckPerformTransaction", "id": 1}),
        Step("GetStatement", {"from": "x"}, error=FORBIDDEN, options={"auth": "wrong"}),
    ),
    _check(
        "A13",
        ("Неверный ключ: id запроса", "Noto‘g‘ri kalit: so‘rov id’si", "A wrong key: the request's id"),
        _wrong_key("a wrong key, a number as id", id=31),
        _wrong_key("a wrong key, a text as id", id="abc"),
    ),
    _check(
        "A18",
        ("«basic» строчными буквами", "Kichik harflarda «basic»", "“basic” in lower case"),
        Step(
            "CheckPerformTransaction",
            {"amount": "$right", "account": "$order"},
            result=ALLOWED,
            options={"auth": "lower case"},
        ),
        needs=("$order",),
    ),
)
