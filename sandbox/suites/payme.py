"""Payme's suite: the test cabinet's menu, its two scenarios, and what only `--strict` tries (Payme, "Sandbox")."""

from typing import Final

from sandbox.rows import Group, Suite
from sandbox.suites.payme_cabinet import CABINET
from sandbox.suites.payme_strict_auth import AUTH
from sandbox.suites.payme_strict_envelope import ENVELOPE
from sandbox.suites.payme_strict_hostile import HOSTILE
from sandbox.suites.payme_strict_keeping import KEEPING
from sandbox.suites.payme_strict_races import RACES
from sandbox.suites.payme_strict_states import STATES
from sandbox.suites.payme_strict_timeouts import TIMEOUTS

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
    Group("hostile", "Враждебные данные", "Zararli ma’lumotlar", "Hostile input", _MORE),
)

CHECKS: Final = (*CABINET, *AUTH, *STATES, *KEEPING, *ENVELOPE, *RACES, *TIMEOUTS, *HOSTILE)
PAYME: Final = Suite("payme", GROUPS, CHECKS)
