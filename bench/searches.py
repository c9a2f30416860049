"""How long people wait until an order is found, however they look for it: over HTTP, among all the old payments."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

import aiohttp

from bench.history import FIRST_MOMENT
from bench.plan import AMOUNT_TIYIN
from bench.servers import API_TOKEN, Served

TIMES_ASKED: Final = 11
"""Of each search. The first one is counted apart: its pages are still the disk's."""

TASHKENT: Final = timedelta(hours=5)


async def measure(served: Served, payments: int) -> Mapping[str, tuple[float, float]]:
    """By what is looked for: milliseconds, the median and the first."""
    took: dict[str, tuple[float, float]] = {}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {API_TOKEN}"}) as http:
        for name, (text, is_found) in _searches(payments).items():
            times = [await _ask(http, served, text, is_found=is_found) for _ in range(TIMES_ASKED)]
            took[name] = (median(times[1:]), times[0])
    return took


def _searches(payments: int) -> Mapping[str, tuple[str, bool]]:
    """What somebody types, and whether there is such an order."""
    middle = payments // 2
    day = (datetime.fromtimestamp(FIRST_MOMENT + middle, UTC) + TASHKENT).date().isoformat()
    return {
        "a number, as account and payment": (str(middle), True),
        "an id that nobody has": ("5305e3bab097f420a62ced0b", False),
        "a number that nobody has": ("2900011223", False),
        "a day": (day, True),
        "a day and its one amount": (f"{AMOUNT_TIYIN} {day}", True),
        "a day and an amount that nobody paid": (f"{AMOUNT_TIYIN + 1} {day}", False),
    }


async def _ask(http: aiohttp.ClientSession, served: Served, text: str, *, is_found: bool) -> float:
    began = time.perf_counter()
    url = f"http://127.0.0.1:{served.port}/api/v1/orders"
    async with http.get(url, params={"find": text, "limit": 20}) as response:
        page = await response.json()
        took = (time.perf_counter() - began) * 1000
    if response.status != 200 or bool(page["items"]) != is_found:
        raise SystemExit(f"Looking for {text!r} was answered with {response.status} and {len(page['items'])} orders.")
    return round(took, 1)
