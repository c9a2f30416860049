"""Reads what people look for: an account, a number from an SMS or a cabinet, or a day and an amount."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from core.reads.search import Search
from schema.click_ids import attempt_id_beginning

SEARCH_MAX_CHARACTERS: Final = 255

TASHKENT: Final = timezone(timedelta(hours=5))
"""Where a day begins. Uzbekistan has had no summer time since 1992."""

_TEXT: Final = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{SEARCH_MAX_CHARACTERS}}}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
"""As it is written by who has it: an account 007 is no payment 7."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SOM: Final = "so'm"
_TIYIN: Final = re.compile(r"[0-9]{1,16}")
_SOM: Final = re.compile(r"([0-9]{1,14}|[0-9]{1,3}(?:,[0-9]{3}){1,4})[.,]([0-9]{2})")

Day = tuple[datetime, datetime]


def is_search_text(text: str) -> bool:
    """1–255 characters, none of them a control character or a lone surrogate, and not only spaces."""
    return _TEXT.fullmatch(text) is not None and not text.isspace()


def read_search(text: str, services: Mapping[str, Sequence[int]]) -> Search:
    """`text` as `is_search_text` takes it. `services`: the shops that are looked in, each with its services at Click.

    An account, a provider's id of a payment, a number of a payment; or a day, before or after an amount: whole tiyin,
    or so'm with two decimal places, as people write them and as we print them.
    """
    names = list(dict.fromkeys((text, text.strip())))
    number = _number(text.strip())
    click_ids = {service for ids in services.values() for service in ids} if number is not None else ()
    day, amount = _day_and_amount(text.split())
    return Search(
        shops=list(services),
        names=names,
        beginnings=[attempt_id_beginning(service, number) for service in click_ids] if number is not None else [],
        number=number,
        day=day,
        amount=amount,
    )


def _number(text: str) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else None
    return number if number is not None and number < 2**63 else None


def _day_and_amount(words: Sequence[str]) -> tuple[Day | None, int | None]:
    """The day that the first or the last word names, and the amount that the others do; neither without the other,
    but that a day may stand alone."""
    for word, others in ((words[0], words[1:]), (words[-1], words[:-1])):
        day = _day(word)
        if day is not None:
            amount = _amount("".join(others))
            return (day, amount) if amount is not None or not others else (None, None)
    return None, None


def _day(word: str) -> Day | None:
    if not _DAY.fullmatch(word):
        return None
    try:
        midnight = datetime.fromisoformat(word).replace(tzinfo=TASHKENT).astimezone(UTC)
        return midnight, midnight + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _amount(text: str) -> int | None:
    """In tiyin; a whole number is so'm only if it says so."""
    number = text.removesuffix(SOM)
    if som := _SOM.fullmatch(number):
        return int(som[1].replace(",", "") + som[2])
    if _TIYIN.fullmatch(number):
        return int(number) * (1 if number == text else 100)
    return None
