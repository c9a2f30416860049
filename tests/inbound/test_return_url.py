"""Which text may be a return URL: the rule of the merchant API and of the settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound.return_url import RETURN_URL_MAX_CHARACTERS, return_url_problem
from tests.checkouts import RETURN_URLS, URL_CHARACTERS

CHARACTERS = "must be a URL without spaces and letters beyond ASCII: percent-encode them"
SCHEME = "must begin with https:// or http://, such as https://shop.example.uz/thanks?order=1001"
HOST = "must have a host, and a port from 1 to 65535 or none, such as https://shop.example.uz/thanks?order=1001"
PERSON = "must not hold a user or a password: every payer would see them"

WRONG = [
    *(
        pytest.param(url, SCHEME, id=url or "nothing")
        for url in ("", "/thanks", "shop.uz", "//shop.uz/", "shop.uz:80/")
    ),
    *(pytest.param(url, SCHEME, id=url[:9]) for url in ("javascript:alert(1)", "JavaScript://shop.uz/", "data:,x")),
    *(pytest.param(url, SCHEME, id=url[:9]) for url in ("ftp://shop.uz/", "file:///etc/passwd", "uz.shop.app://back")),
    *(pytest.param(url, HOST, id=url) for url in ("https://", "https:///thanks", "https:shop.uz", "https:/shop.uz")),
    *(
        pytest.param(url, HOST, id=url)
        for url in ("https://?a", "https://:80/", "https://%", "https://a,b/", "http://[")
    ),
    *(
        pytest.param(url, HOST, id=url)
        for url in ("https://[::1/", "https://shop.uz[/", "https://[v1.a]/", "http://a]b")
    ),
    *(pytest.param(f"https://shop.uz:{port}/", HOST, id=f"port {port}") for port in ("0", "65536", "x", "", "080")),
    *(
        pytest.param(url, PERSON, id=url)
        for url in ("https://me@shop.uz/", "https://me:key@shop.uz/", "https://@shop.uz")
    ),
    *(
        pytest.param(f"https://shop.uz/{character}", CHARACTERS, id=repr(character))
        for character in (
            " ",
            "\t",
            "\n",
            "\0",
            "\x7f",
            "\u202e",
            "\u00a0",
            "ж",
            "🧸",
            "\\",
            '"',
            "<",
            "{",
            "|",
            "^",
            "`",
        )
    ),
    pytest.param("https://магазин.uz/", CHARACTERS, id="Cyrillic host"),
    pytest.param("https://shop.uz\\@other.uz/", CHARACTERS, id="browsers go to shop.uz, others to other.uz"),
    pytest.param(" https://shop.uz/", CHARACTERS, id="space in front"),
    pytest.param("https://shop.uz/\n", CHARACTERS, id="newline behind"),
]

RIGHT = [
    *(
        "https://shop.uz",
        "http://localhost:8000/a",
        "HTTPS://Shop.UZ/?",
        "https://xn--80aaa1abg.uz/",
        "https://[::1]:80/",
    ),
    *("https://a_b.uz:65535#top", "https://shop.uz/@me/a:b;c,d?e='f'&g=(h)*+!$[1]~", "https://shop.uz/%D0%B6?a=%20"),
    "https://shop.uz/?back=https://me:key@other.uz",
]


@pytest.mark.parametrize(("url", "problem"), WRONG)
def test_what_is_none_is_refused_with_a_cure(url: str, problem: str):
    assert return_url_problem(url) == problem


@pytest.mark.parametrize("url", RIGHT)
def test_what_is_one_is_taken(url: str):
    assert return_url_problem(url) is None


@given(RETURN_URLS)
def test_whatever_may_stand_in_a_url_is_taken(url: str):
    assert return_url_problem(url) is None


@given(st.text())
def test_nothing_else_gets_through_nor_raises(text: str):
    if return_url_problem(text) is None:
        assert text.lower().startswith(("https://", "http://"))
        assert set(text) <= {
            *URL_CHARACTERS,
            *map(chr, range(48, 58)),
            *map(chr, range(65, 91)),
            *map(chr, range(97, 123)),
        }


def test_its_length_is_bounded():
    longest = "https://shop.uz/".ljust(RETURN_URL_MAX_CHARACTERS, "a")
    assert return_url_problem(longest) is None
    assert return_url_problem(longest + "a") == "must be at most 2000 characters long"
