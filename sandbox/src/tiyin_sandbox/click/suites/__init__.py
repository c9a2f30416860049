"""Click's suites: its two test tools check by check, and what only the strict ones try (Click, "Testing")."""

from typing import Final

from tiyin_sandbox.click.suites.attempts import ATTEMPTS
from tiyin_sandbox.click.suites.debits import DEBITS
from tiyin_sandbox.click.suites.desktop import DESKTOP
from tiyin_sandbox.click.suites.hostile import HOSTILE
from tiyin_sandbox.click.suites.order_of_checks import ORDER
from tiyin_sandbox.click.suites.postman import POSTMAN
from tiyin_sandbox.click.suites.races import RACES
from tiyin_sandbox.click.suites.shop import SHOP
from tiyin_sandbox.click.suites.signature import SIGNATURE
from tiyin_sandbox.click.suites.states import STATES
from tiyin_sandbox.click.suites.transport import TRANSPORT
from tiyin_sandbox.engine.checks import Group, Suite

_TOOLS: Final = "Проверки Click"
_MORE: Final = "Сверх проверок Click"

GROUPS: Final = (
    Group("desktop", "Программа для тестирования", "Sinov dasturi", "Desktop test program", _TOOLS),
    Group("postman", "Коллекция Postman", "Postman to‘plami", "Postman collection", _TOOLS),
    Group("order", "Порядок проверок", "Tekshiruvlar tartibi", "Order of checks", _MORE),
    Group("states", "Состояния платежа", "To‘lov holatlari", "States of a payment", _MORE),
    Group("signature", "Подпись и сумма", "Imzo va summa", "Signature and amount", _MORE),
    Group("transport", "Запрос и ответ", "So‘rov va javob", "Call and answer", _MORE),
    Group("races", "Одновременные запросы", "Bir vaqtdagi so‘rovlar", "Races", _MORE),
    Group("shop", "Действия магазина", "Do‘kon amallari", "What the shop does", _MORE),
    Group("hostile", "Враждебные данные", "Zararli ma’lumotlar", "Hostile input", _MORE),
)

STRICT: Final = ("order", "states", "signature", "transport", "races", "shop", "hostile")
CLICK: Final = Suite(
    "click",
    GROUPS,
    (*DESKTOP, *POSTMAN, *ORDER, *ATTEMPTS, *DEBITS, *STATES, *SIGNATURE, *TRANSPORT, *RACES, *SHOP, *HOSTILE),
)
