"""The way in: any body, verb, path or page is answered in Click's own words with HTTP 200 (Click, "Transport").

Further fields and empty notes are asked by the sandbox's suite (`click.P2`, `click.P3`).
"""

import asyncio
import gzip
import json
from urllib.parse import urlencode

import pytest

from inbound import body

MALFORMED = {
    "click_trans_id": 0,
    "merchant_trans_id": "",
    "merchant_prepare_id": 0,
    "merchant_confirm_id": 0,
    "error": -8,
    "error_note": "Error in request from click",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def sent(http, click, data, method="POST", path="", **headers):
    async with http.request(
        method, click.url + path, data=data, headers=FORM | headers, allow_redirects=False
    ) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        return await response.json()


@pytest.mark.parametrize(
    "path", ["", "/", "/prepare", "/prepare/", "/complete", "/complete/", "/main", "/main/prepare", "/main/complete/"]
)
async def test_p1_p4_every_path_takes_every_action_without_redirects(click, shop, path):
    await shop.opens("1001")
    prepared = await click.posts(click.form("1001"), path)
    prepare_id = prepared["merchant_prepare_id"]
    form = click.form("1001", action="1", merchant_prepare_id=prepare_id, **click.ids_of(prepare_id))
    assert (await click.posts(form, path))["error"] == 0


async def test_a_shop_that_is_not_there(http, click):
    for path in ("/nobody", "/nobody/", "/nobody/prepare", "/MAIN", "/%00"):
        assert (await sent(http, click, urlencode(click.form("1001")), path=path))["error"] == -8


async def test_another_verb_than_post(http, click):
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert await sent(http, click, None, method) == MALFORMED


async def test_head_is_answered_without_a_body(http, click):
    async with http.head(click.url) as response:
        assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded; charset=UTF-8", "text/plain", "application/json", "", "nonsense"],
)
async def test_a_form_is_a_form_whatever_it_is_called(http, click, shop, content_type):
    await shop.opens("Договор №7")
    form = click.form("Договор №7")
    answer = await sent(http, click, urlencode(form), **{"Content-Type": content_type})
    assert (answer["error"], answer["merchant_trans_id"]) == (0, "Договор №7")


async def test_text_that_is_not_escaped_is_read_too(http, click, shop):
    await shop.opens("Договор №7")
    raw = "&".join(f"{name}={text}" for name, text in click.form("Договор №7").items()).encode()
    assert (await sent(http, click, raw))["error"] == 0


BODIES = {
    "nothing": b"",
    "no form": b"hello",
    "json": json.dumps({"click_trans_id": 1, "action": 0}).encode(),
    "multipart": b'--x\r\nContent-Disposition: form-data; name="action"\r\n\r\n0\r\n--x--\r\n',
    "not utf-8": b"merchant_trans_id=\xc4\xee\xe3",
    "not utf-8, escaped": b"merchant_trans_id=%C4%EE%E3",
    "a surrogate, escaped": b"merchant_trans_id=%ED%A0%80",
    "too many fields": urlencode({f"field{n}": "" for n in range(65)}).encode(),
    "ten thousand fields": b"&".join(b"f%d=" % n for n in range(10_000))[: 60 * 1024],
    "64 KiB and one": b"a=" + b"x" * (64 * 1024 - 1),
    "half a megabyte": b"a=" + b"x" * 512 * 1024,
    "separators": b"&=&=&&==&" * 7,
    "nul": b"\0" * 1000,
    "broken escapes": b"%zz=%&%=%1",
}


async def test_a_body_that_is_no_call(http, click):
    answers = {name: (await sent(http, click, raw))["error"] for name, raw in BODIES.items()}
    assert answers == dict.fromkeys(BODIES, -8)


async def test_a_key_of_clicks_that_is_sent_twice(http, click, shop):
    await shop.opens("1001")
    for key in click.form("1001"):
        twice = [*click.form("1001").items(), (key, "1")]
        assert await sent(http, click, urlencode(twice)) == MALFORMED


NO_UTF_8 = "%CF%EB%E0%F2%B8%E6"


@pytest.mark.parametrize(
    "more", ["a=1&a=2", "p%5B%5D=a&p%5B%5D=b", f"a={NO_UTF_8}", f"{NO_UTF_8}=a", f"{NO_UTF_8}=a&{NO_UTF_8}=a", "&&=&=1"]
)
async def test_what_is_not_clicks_own_refuses_nothing(http, click, shop, more):
    await shop.opens("1001")
    assert (await sent(http, click, f"{urlencode(click.form('1001'))}&{more}"))["error"] == 0


async def test_a_byte_that_is_not_utf_8_harms_only_where_it_is_signed_or_used(http, click, shop):
    await shop.opens("1001")
    answers = {}
    for key in click.form("1001"):
        others = urlencode({name: text for name, text in click.form("1001").items() if name != key})
        answers[key] = (await sent(http, click, f"{others}&{key}={NO_UTF_8}"))["error"]
    assert answers == dict.fromkeys(click.form("1001"), -8) | {"error_note": 0, "click_paydoc_id": 0}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_nothing_is_unpacked(http, click, shop, encoding):
    await shop.opens("1001")
    headers = {"Content-Encoding": encoding}
    assert (await sent(http, click, urlencode(click.form("1001")).encode(), **headers))["error"] == 0
    assert await sent(http, click, gzip.compress(b"a=" + b"x" * 10_000_000), **headers) == MALFORMED
    assert await sent(http, click, b"no gzip", **headers) == MALFORMED


@pytest.mark.parametrize("expectation", ["100-continue", "the-unexpected"])
async def test_whatever_is_expected_is_answered_like_any_call(http, click, shop, expectation):
    await shop.opens("1001")
    assert (await sent(http, click, urlencode(click.form("1001")), Expect=expectation))["error"] == 0


async def test_a_body_that_does_not_come_is_not_waited_for(gateway, click, monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    writer.write(b"POST /payment/callback/click HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nclick_trans_id=1&")
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    head, _, text = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(text) == MALFORMED


async def test_a_caller_that_hangs_up_harms_nobody(gateway, click, shop):
    await shop.opens("1001")
    _, writer = await asyncio.open_connection(gateway.host, gateway.port)
    writer.write(b"POST /payment/callback/click HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nclick_trans_id=1&")
    await writer.drain()
    writer.close()
    assert await click.pays("1001")


async def preflight(http, click, origin):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with http.options(click.url, headers=headers) as response:
        assert response.status == 200
        return {name: value for name, value in response.headers.items() if name.startswith("Access-Control-")}


async def allowed_origin(http, click, origin):
    async with http.post(click.url, data=click.form("1001"), headers={"Origin": origin}) as response:
        return response.headers.get("Access-Control-Allow-Origin")


async def test_p5_no_page_may_call_us_from_a_browser(http, click):
    assert await preflight(http, click, "https://docs.click.uz") == {}
    assert await allowed_origin(http, click, "https://docs.click.uz") is None


@pytest.mark.settings(CLICK_PLAYGROUND="1")
async def test_p6_the_playground_may_where_it_is_switched_on(http, click):
    assert await preflight(http, click, "https://docs.click.uz") == {
        "Access-Control-Allow-Origin": "https://docs.click.uz",
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type",
    }
    assert await allowed_origin(http, click, "https://docs.click.uz") == "https://docs.click.uz"


@pytest.mark.settings(CLICK_PLAYGROUND="1")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://docs.click.uz", "https://docs.click.uz.evil.example", "null"]
)
async def test_p6_no_other_page_may(http, click, origin):
    assert await preflight(http, click, origin) == {}
    assert await allowed_origin(http, click, origin) is None
