"""Which language a page speaks."""

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.web.languages import chosen_language


@pytest.mark.parametrize(
    ("path", "headers", "language"),
    [
        ("/", {}, "ru"),
        ("/?lang=uz", {}, "uz"),
        ("/?lang=EN", {}, "en"),
        ("/?lang=uz", {"Cookie": "tiyin_language=en", "Accept-Language": "ru"}, "uz"),
        ("/?lang=de", {"Cookie": "tiyin_language=en", "Accept-Language": "uz"}, "en"),
        ("/", {"Cookie": "tiyin_language=uz", "Accept-Language": "en"}, "uz"),
        ("/", {"Cookie": "tiyin_language=xx", "Accept-Language": "en"}, "en"),
        ("/", {"Accept-Language": "uz-Latn-UZ,ru;q=0.8"}, "uz"),
        ("/", {"Accept-Language": "de, en;q=0.5, uz;q=0.8"}, "uz"),
        ("/", {"Accept-Language": "en;q=0, uz;q=0.001"}, "uz"),
        ("/", {"Accept-Language": "uz, en"}, "uz"),
        ("/", {"Accept-Language": "uzbek"}, "ru"),
        ("/", {"Accept-Language": "*"}, "ru"),
        ("/", {"Accept-Language": "en;q=high, uz;q=²"}, "ru"),
        ("/", {"Accept-Language": ";;,=,q=1,;q"}, "ru"),
        ("/?lang=%ff%00", {"Cookie": "tiyin_language"}, "ru"),
    ],
)
def test_the_address_then_the_cookie_then_the_browser_then_russian(path, headers, language):
    assert chosen_language(make_mocked_request("GET", path, headers=headers)) == language


async def test_a_choice_is_remembered(client):
    async with client.get("/example?lang=uz") as response:
        cookie = response.cookies["tiyin_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == ("uz", True, "Lax", "/")
    async with client.get("/example", headers={"Accept-Language": "en"}) as response:
        assert '<html lang="uz">' in await response.text()
        assert "Set-Cookie" not in response.headers


async def test_what_the_browser_asks_for_is_no_choice(client):
    async with client.get("/example", headers={"Accept-Language": "en"}) as response:
        assert '<html lang="en">' in await response.text()
        assert "Set-Cookie" not in response.headers


async def test_a_page_links_to_itself_in_each_language(client):
    async with client.get("/example?items=3&lang=en&x=%22%3E") as response:
        text = await response.text()
    for language in ("ru", "uz", "en"):
        assert f'href="/example?items=3&amp;lang={language}&amp;x=%22%3E" lang="{language}"' in text
