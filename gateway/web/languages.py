"""Chooses the language of a page: the one in its address, the one chosen last time, the browser's, or Russian."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

from aiohttp import hdrs, web

Language = Literal["ru", "uz", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT: Final[Language] = "ru"
OWN_NAMES: Final[Mapping[Language, str]] = {"ru": "Русский", "uz": "O‘zbekcha", "en": "English"}

PARAMETER: Final = "lang"
COOKIE: Final = "tiyin_language"
COOKIE_SECONDS: Final = 365 * 24 * 3600


def chosen_language(request: web.Request) -> Language:
    tags = (request.query.get(PARAMETER, ""), request.cookies.get(COOKIE, ""), *_accepted(request))
    return next((language for tag in tags if (language := _spoken(tag))), DEFAULT)


def remember_language(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a choice for pages whose address names none."""
    language = _spoken(request.query.get(PARAMETER, ""))
    if language and request.cookies.get(COOKIE) != language:
        response.set_cookie(COOKIE, language, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax")


def _spoken(tag: str) -> Language | None:
    """The page's language for a tag such as `uz-Latn-UZ`."""
    primary = tag.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == primary), None)


def _accepted(request: web.Request) -> Iterator[str]:
    """The tags of Accept-Language, the most wanted first (RFC 9110, 12.5.4)."""
    weighted = []
    for entry in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(","):
        tag, _, parameter = entry.partition(";")
        weighted.append((_weight(parameter), tag))
    yield from (tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight)


def _weight(parameter: str) -> int:
    """Thousandths of a `q=0.8`; 1000 where there is none, 0 for what is no weight."""
    name, _, value = parameter.replace(" ", "").lower().partition("=")
    if not name:
        return 1000
    whole, _, fraction = value.partition(".")
    digits = whole + fraction.ljust(3, "0")
    return min(int(digits), 1000) if name == "q" and digits.isascii() and digits.isdigit() and len(digits) == 4 else 0
