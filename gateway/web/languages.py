"""What the page itself says, in Russian, Uzbek and English. The tests bring their own names."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from aiohttp import hdrs, web

Language = Literal["ru", "uz", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
OWN_NAMES: Final[Mapping[Language, str]] = {"ru": "Русский", "uz": "O‘zbekcha", "en": "English"}

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "ru": {
        "title": "Песочница",
        "tests": "Тесты",
        "menu": "Список тестов",
        "skip": "К результатам",
        "shop": "Магазин",
        "language": "Язык",
        "provider": "Кто звонит",
        "all": "Все тесты, и сверх песочницы",
        "official": "Тесты песочницы",
        "run_official": "Запустить тесты песочницы",
        "run_all": "Все, и сверх песочницы",
        "more": "Сверх песочницы",
        "run_group": "Запустить группу",
        "running": "Идёт проверка…",
        "welcome": "Выберите тест",
        "welcome_more": "Шлюз откроет нужные заказы (их номера начинаются с «sandbox-»), отправит себе те же запросы, "
        "что и тестовый кабинет, и покажет каждый запрос рядом с ответом. Настоящих денег здесь нет.",
        "passed": "Пройдено",
        "failed": "Не пройдено",
        "skipped": "Пропущено",
        "of": "из",
        "seconds": "с",
        "ms": "мс",
        "request": "Запрос",
        "answer": "Ответ",
        "expected": "Ожидается",
        "why": "Что не так",
        "cause": "Вероятная причина",
        "fix": "Как исправить",
        "nothing": "пустой ответ",
        "hidden": "скрыто: не заказ песочницы",
        "busy": "Другая проверка ещё идёт. Подождите несколько секунд и нажмите снова.",
        "foreign": "Запрос пришёл не с этой страницы, поэтому тест не запущен. Откройте страницу заново.",
        "unknown": "Такого теста нет. Откройте страницу заново.",
        "broken": "Проверку не удалось провести: шлюз не смог открыть заказы или ответить самому себе. "
        "Подробности в журнале шлюза.",
    },
    "uz": {
        "title": "Qumdon",
        "tests": "Testlar",
        "menu": "Testlar ro‘yxati",
        "skip": "Natijalarga o‘tish",
        "shop": "Do‘kon",
        "language": "Til",
        "provider": "Kim chaqiradi",
        "all": "Qumdon testlari va undan tashqari",
        "official": "Qumdon testlari",
        "run_official": "Qumdon testlarini ishga tushirish",
        "run_all": "Hammasi, qumdondan tashqari ham",
        "more": "Qumdondan tashqari",
        "run_group": "Guruhni ishga tushirish",
        "running": "Tekshirilmoqda…",
        "welcome": "Testni tanlang",
        "welcome_more": "Shlyuz kerakli buyurtmalarni ochadi (raqamlari «sandbox-» bilan boshlanadi), sinov kabineti "
        "yuboradigan so‘rovlarni o‘ziga yuboradi va har bir so‘rovni javobi bilan yonma-yon ko‘rsatadi. "
        "Bu yerda haqiqiy pul yo‘q.",
        "passed": "O‘tdi",
        "failed": "O‘tmadi",
        "skipped": "O‘tkazib yuborildi",
        "of": "/",
        "seconds": "s",
        "ms": "ms",
        "request": "So‘rov",
        "answer": "Javob",
        "expected": "Kutiladi",
        "why": "Nima noto‘g‘ri",
        "cause": "Ehtimoliy sabab",
        "fix": "Qanday tuzatiladi",
        "nothing": "bo‘sh javob",
        "hidden": "yashirildi: qumdon buyurtmasi emas",
        "busy": "Boshqa tekshiruv hali tugamadi. Bir necha soniya kutib, yana bosing.",
        "foreign": "So‘rov bu sahifadan kelmadi, shuning uchun test boshlanmadi. Sahifani qayta oching.",
        "unknown": "Bunday test yo‘q. Sahifani qayta oching.",
        "broken": "Tekshiruvni o‘tkazib bo‘lmadi: shlyuz buyurtma ocholmadi yoki o‘ziga javob bera olmadi. "
        "Tafsilotlar shlyuz jurnalida.",
    },
    "en": {
        "title": "Sandbox",
        "tests": "Tests",
        "menu": "List of tests",
        "skip": "To the results",
        "shop": "Shop",
        "language": "Language",
        "provider": "Who calls",
        "all": "Tests of the sandbox and beyond",
        "official": "Tests of the sandbox",
        "run_official": "Run the tests of the sandbox",
        "run_all": "All, beyond the sandbox too",
        "more": "Beyond the sandbox",
        "run_group": "Run the group",
        "running": "Running…",
        "welcome": "Choose a test",
        "welcome_more": "The gateway opens the orders it needs (their numbers begin with “sandbox-”), sends itself the "
        "calls that the test cabinet sends, and shows every request beside its answer. No real money is involved.",
        "passed": "Passed",
        "failed": "Failed",
        "skipped": "Skipped",
        "of": "of",
        "seconds": "s",
        "ms": "ms",
        "request": "Request",
        "answer": "Answer",
        "expected": "Expected",
        "why": "What is wrong",
        "cause": "Likely cause",
        "fix": "How to fix it",
        "nothing": "empty answer",
        "hidden": "hidden: not an order of the sandbox",
        "busy": "Another run is still under way. Wait a few seconds and press again.",
        "foreign": "The request did not come from this page, so the test was not run. Open the page again.",
        "unknown": "There is no such test. Open the page again.",
        "broken": "The run could not be made: the gateway could not open orders or answer itself. "
        "The gateway's log says more.",
    },
}


SECTIONS: Final[Mapping[Language, Mapping[str, str]]] = {
    "ru": {},
    "uz": {
        "Неверные данные": "Noto‘g‘ri ma’lumotlar",
        "Платежные запросы": "To‘lov so‘rovlari",
        "Сверх песочницы": "Qumdondan tashqari",
        "Проверки Click": "Click tekshiruvlari",
        "Сверх проверок Click": "Click tekshiruvlaridan tashqari",
    },
    "en": {
        "Неверные данные": "Wrong data",
        "Платежные запросы": "Payment requests",
        "Сверх песочницы": "Beyond the sandbox",
        "Проверки Click": "Click's own tests",
        "Сверх проверок Click": "Beyond Click's own tests",
    },
}
"""The menu's sections, which the suites name in Russian as the cabinets do."""


def chosen_language(request: web.Request) -> Language:
    """The one in the address, or the first that the browser asks for and the page speaks, or Russian."""
    asked = [request.query.get("lang", ""), *request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",")]
    for tag in asked:
        for language in LANGUAGES:
            if tag.strip().lower()[:2] == language:
                return language
    return "ru"
