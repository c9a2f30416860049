"""Payme's suite: the test cabinet's menu, its two scenarios, and what only `--strict` tries (Payme, "Sandbox")."""

from typing import Final

from tiyin_sandbox.engine.checks import Group, Suite
from tiyin_sandbox.payme.suites.cabinet import CABINET
from tiyin_sandbox.payme.suites.strict_auth import AUTH
from tiyin_sandbox.payme.suites.strict_envelope import ENVELOPE
from tiyin_sandbox.payme.suites.strict_hostile import HOSTILE
from tiyin_sandbox.payme.suites.strict_races import RACES
from tiyin_sandbox.payme.suites.strict_records import RECORDS
from tiyin_sandbox.payme.suites.strict_shop import SHOP
from tiyin_sandbox.payme.suites.strict_states import STATES
from tiyin_sandbox.payme.suites.strict_timeouts import TIMEOUTS

_WRONG: Final = "Неверные данные"
_CALLS: Final = "Платежные запросы"
_MORE: Final = "Сверх песочницы"

GROUPS: Final = (
    Group("auth", "Неверная авторизация", "Noto‘g‘ri avtorizatsiya", "Wrong credentials", _WRONG),
    Group("amount", "Неверная сумма", "Noto‘g‘ri summa", "Wrong amount", _WRONG),
    Group("account", "Несуществующий счёт", "Mavjud bo‘lmagan hisob", "Account that doesn't exist", _WRONG),
    Group("check", "CheckPerformTransaction", "CheckPerformTransaction", "CheckPerformTransaction", _CALLS),
    Group("create", "CreateTransaction", "CreateTransaction", "CreateTransaction", _CALLS),
    Group("perform", "PerformTransaction", "PerformTransaction", "PerformTransaction", _CALLS),
    Group("cancel", "CancelTransaction", "CancelTransaction", "CancelTransaction", _CALLS),
    Group("checktransaction", "CheckTransaction", "CheckTransaction", "CheckTransaction", _CALLS),
    Group("statement", "GetStatement", "GetStatement", "GetStatement", _CALLS),
    Group("fiscal", "SetFiscalData", "SetFiscalData", "SetFiscalData", _CALLS),
    Group("envelope", "Конверт запроса", "So‘rov konverti", "Envelope", _MORE),
    Group("races", "Одновременные запросы", "Bir vaqtdagi so‘rovlar", "Races", _MORE),
    Group("timeouts", "Двенадцать часов", "O‘n ikki soat", "Twelve hours", _MORE),
    Group("shop", "Действия магазина", "Do‘kon amallari", "What the shop does", _MORE),
    Group("hostile", "Враждебные данные", "Zararli ma’lumotlar", "Hostile input", _MORE),
)

CHECKS: Final = (*CABINET, *AUTH, *STATES, *RECORDS, *ENVELOPE, *RACES, *TIMEOUTS, *SHOP, *HOSTILE)
PAYME: Final = Suite("payme", GROUPS, CHECKS)
