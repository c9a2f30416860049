"""Click's suites: its two test tools row by row, and what only the strict ones try (Click, "Testing")."""

from typing import Final

from sandbox.rows import Group, Suite
from sandbox.suites.click_desktop import DESKTOP
from sandbox.suites.click_hostile import HOSTILE
from sandbox.suites.click_order import ORDER
from sandbox.suites.click_postman import POSTMAN
from sandbox.suites.click_races import RACES
from sandbox.suites.click_signature import SIGNATURE
from sandbox.suites.click_states import STATES
from sandbox.suites.click_transport import TRANSPORT

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
    Group("hostile", "Враждебные данные", "Zararli ma’lumotlar", "Hostile input", _MORE),
)

STRICT: Final = ("order", "states", "signature", "transport", "races", "hostile")
CLICK: Final = Suite("click", GROUPS, (*DESKTOP, *POSTMAN, *ORDER, *STATES, *SIGNATURE, *TRANSPORT, *RACES, *HOSTILE))
