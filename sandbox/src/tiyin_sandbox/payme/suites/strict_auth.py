"""Every wrong way to show credentials, on every method (Payme, "Authentication")."""

from typing import Any, Final

from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.payme.suites.steps import ALLOWED, cancel, check_perform, create, fiscal, look, perform, statement

FORBIDDEN: Final = -32504
CALLS: Final = (
    check_perform("$nobody"),
    create(order="$nobody"),
    perform(),
    cancel(),
    look(),
    statement("$before", "$after", []),
    fiscal(),
)


def _row(number: str, names: tuple[str, str, str], *steps: Step, **more: Any) -> Check:
    more = {"needs": (), "spends": False, "goes_on": True, **more}
    return Check(f"payme.{number}", *names, group="auth", steps=steps, strict=True, **more)


def _everywhere(auth: str, **how: Any) -> tuple[Step, ...]:
    return tuple(Step(call.call, call.params, error=FORBIDDEN, how={"auth": auth, **how}) for call in CALLS)


def _wrong_key(say: str, **how: Any) -> Step:
    return Step("CheckPerformTransaction", {}, error=FORBIDDEN, how={"auth": "wrong", **how}, say=say)


AUTH: Final = (
    _row(
        "A1",
        ("Без заголовка Authorization", "Authorization sarlavhasisiz", "No Authorization header"),
        *_everywhere("none"),
    ),
    _row("A2", ("Bearer вместо Basic", "Basic o‘rniga Bearer", "Bearer for Basic"), *_everywhere("bearer")),
    _row("A3", ("Basic без значения", "Qiymatsiz Basic", "Basic without a value"), *_everywhere("bare")),
    _row("A4", ("Не base64", "Base64 emas", "Not base64"), *_everywhere("not base64")),
    _row("A5", ("Не UTF-8", "UTF-8 emas", "Not UTF-8"), *_everywhere("not UTF-8")),
    _row("A6", ("Без двоеточия", "Ikki nuqtasiz", "No colon"), *_everywhere("no colon")),
    _row(
        "A7",
        ("Чужой логин, верный ключ", "Boshqa login, to‘g‘ri kalit", "Another login, the right key"),
        *_everywhere("other login"),
        *_everywhere("no login"),
    ),
    _row("A8", ("Пустой ключ", "Bo‘sh kalit", "An empty key"), *_everywhere("empty key")),
    _row(
        "A9",
        ("Лишний символ в ключе", "Kalitda ortiqcha belgi", "One character more"),
        *_everywhere("longer key"),
        *_everywhere("shorter key"),
    ),
    _row(
        "A10",
        ("Изменён последний символ ключа", "Kalitning oxirgi belgisi boshqa", "Last character changed"),
        *_everywhere("changed key"),
    ),
    _row(
        "A11",
        ("Неверный ключ и битый JSON", "Noto‘g‘ri kalit va buzuq JSON", "A wrong key and broken JSON"),
        _wrong_key("a wrong key and the body {", raw=b"{"),
        _wrong_key("a wrong key and an empty body", raw=b""),
    ),
    _row(
        "A12",
        ("Неверный ключ и неверный запрос", "Noto‘g‘ri kalit va noto‘g‘ri so‘rov", "A wrong key and a bad request"),
        Step("NoSuchMethod", {}, error=FORBIDDEN, how={"auth": "wrong"}),
        _wrong_key("a wrong key and no params", envelope={"method": "CheckPerformTransaction", "id": 1}),
        Step("GetStatement", {"from": "x"}, error=FORBIDDEN, how={"auth": "wrong"}),
    ),
    _row(
        "A13",
        ("Неверный ключ: id запроса", "Noto‘g‘ri kalit: so‘rov id’si", "A wrong key: the request's id"),
        _wrong_key("a wrong key, a number as id", id=31),
        _wrong_key("a wrong key, a text as id", id="abc"),
    ),
    _row(
        "A18",
        ("«basic» строчными буквами", "Kichik harflarda «basic»", "“basic” in lower case"),
        Step(
            "CheckPerformTransaction",
            {"amount": "$right", "account": "$order"},
            result=ALLOWED,
            how={"auth": "lower case"},
        ),
        needs=("$order",),
    ),
)
