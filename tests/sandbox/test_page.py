"""The page at /sandbox: by plain HTTP, and in a real browser."""

import asyncio
import base64
import html
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.actors.payme import new_id
from tests.conftest import SETTINGS

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 60_000
"""Milliseconds: a whole run on a busy machine."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

open_to_the_cabinet = pytest.mark.settings(PAYME_SANDBOX="1")
in_a_browser = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="needs Debian's chromium (apt-get install chromium)"
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser, gateway) -> AsyncIterator[Page]:
    """A desk's browser, which must find nothing to complain of."""
    page = await browser.new_page(
        base_url=str(gateway.make_url("/")), viewport={"width": 1360, "height": 900}, locale="ru-RU"
    )
    console: list[str] = []
    page.on("console", lambda message: console.append(_line(message)))
    page.on("pageerror", lambda error: console.append(str(error)))
    yield page
    assert console == []


def _line(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


@pytest.fixture
def press(gateway, http):
    """A button of the page, pressed without a browser: status and text of the answer."""

    async def pressed(run: str, where: str = "main/payme?lang=en", **headers: str) -> tuple[int, str]:
        origin = {"Origin": str(gateway.make_url("/")).rstrip("/"), "HX-Request": "true"}
        async with http.post(
            f"{gateway.make_url('/sandbox')}/{where}",
            data={"run": run},
            headers={name: value for name, value in (origin | headers).items() if value},
        ) as response:
            return response.status, await response.text()

    return pressed


async def shoot(page: Page, name: str) -> None:
    """A picture of the page, kept for people."""
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"sandbox-{name}.png")


# --- Where it is, and where not ---------------------------------------------------------------------------------------


async def test_a_gateway_that_is_not_open_to_the_test_cabinet_has_no_page(gateway, http):
    for path in ("/sandbox", "/sandbox/main/payme", "/sandbox/static/0123456789abcdef/frame.css"):
        async with http.get(gateway.make_url(path)) as response:
            assert response.status == 404


@open_to_the_cabinet
async def test_the_short_address_leads_to_the_first_shop(gateway, http):
    async with http.get(gateway.make_url("/sandbox")) as response:
        assert (response.status, response.url.path) == (200, "/sandbox/main/payme")


@open_to_the_cabinet
@pytest.mark.parametrize("path", ["toys/payme", "main/uzum", "static/passwd", "static/0/..%2froutes.py"])
async def test_what_is_not_there_is_not_found(gateway, http, path):
    async with http.get(f"{gateway.make_url('/sandbox')}/{path}") as response:
        assert response.status == 404
        assert response.headers["Content-Security-Policy"] == POLICY


@pytest.mark.settings(PAYME_SANDBOX="1", CLICK_SERVICE_ID=None, CLICK_MERCHANT_ID=None, CLICK_SECRET_KEY=None)
@pytest.mark.settings(CLICK_MERCHANT_USER_ID=None)
async def test_a_shop_without_click_has_no_page_for_it(gateway, http):
    async with http.get(gateway.make_url("/sandbox/main/click")) as response:
        assert response.status == 404
    async with http.get(gateway.make_url("/sandbox/main/payme")) as response:
        assert "/click?" not in await response.text()


@open_to_the_cabinet
async def test_the_page_may_load_and_call_nothing_but_its_own_gateway(gateway, http):
    async with http.get(gateway.make_url("/sandbox/main/payme")) as response:
        assert response.headers["Content-Security-Policy"] == POLICY
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>|https?://", await response.text())


# --- Who may press ----------------------------------------------------------------------------------------------------


@open_to_the_cabinet
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_another_site_s_page_starts_no_run(press, shop, headers):
    status, text = await press("payme.1.5", **headers)
    assert (status, "was not run" in text) == (403, True)
    assert await shop.reads("SELECT account FROM orders") == []


@open_to_the_cabinet
async def test_one_run_at_a_time(press):
    answers = await asyncio.gather(press("official"), press("official"), press("official"))
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    assert (await press("payme.1.4"))[0] == 200


@open_to_the_cabinet
async def test_a_button_that_is_not_on_the_page_runs_nothing(press):
    assert [(await press(run))[0] for run in ("", "payme.0", "click.desktop.1", "x" * 5000)] == [404] * 4


# --- What it uses and shows -------------------------------------------------------------------------------------------


@open_to_the_cabinet
async def test_a_run_pays_only_orders_of_its_own(press, shop):
    await shop.opens("1001")
    await press("official")
    touched = await shop.reads("SELECT o.account FROM payments p JOIN orders o ON o.id = p.order_id")
    assert touched
    assert all(account.startswith("sandbox-") for (account,) in touched)


@open_to_the_cabinet
@pytest.mark.parametrize("provider", ["payme", "click"])
async def test_no_secret_is_on_the_page(press, provider):
    text = html.unescape((await press("all", f"main/{provider}?lang=en"))[1])
    secrets = [SETTINGS[name] for name in ("PAYME_KEY", "PAYME_TEST_KEY", "CLICK_SECRET_KEY", "API_TOKEN")]
    basic = [base64.b64encode(f"Paycom:{key}".encode()).decode() for key in secrets]
    assert [secret for secret in (*secrets, *basic) if secret in text] == []
    assert not re.search(r"sign_string\W{1,12}[0-9a-f]{32}", text)


@open_to_the_cabinet
async def test_a_statement_on_the_page_hides_payments_of_others(press, payme, shop, clock):
    await shop.opens("another-order", 5_000_000)
    other = new_id()
    await payme.creates(other, int(clock().timestamp() * 1000), "another-order")
    status, text = await press("statement")
    assert (status, "1 × hidden" in text) == (200, True)
    assert other not in text
    assert "another-order" not in text


@pytest.mark.settings(PAYME_SANDBOX="1", PAYME_TEST_KEY=None)
async def test_without_a_test_key_the_page_calls_with_the_live_one(press):
    status, text = await press("payme.1.5")
    assert (status, 'class="card summary passed"' in text) == (200, True)


@open_to_the_cabinet
async def test_without_htmx_the_whole_page_comes_back(press):
    status, text = await press("payme.1.5", **{"HX-Request": ""})
    assert status == 200
    assert text.startswith("<!doctype html>")
    assert 'class="card summary passed"' in text


@open_to_the_cabinet
async def test_the_files_of_the_page_are_there(gateway, http):
    async with http.get(gateway.make_url("/sandbox/main/payme")) as response:
        addresses = re.findall(r'(?:href|src)="(/sandbox/static/[^"]+)"', await response.text())
    assert {address.rpartition("/")[2] for address in addresses} == {
        "frame.css",
        "sandbox.css",
        "htmx.min.js",
        "icon.svg",
    }
    for address in addresses:
        async with http.get(gateway.make_url(address)) as response:
            assert response.status == 200


# --- In a browser -----------------------------------------------------------------------------------------------------


async def groups(page: Page) -> list[str]:
    return [str(await button.get_attribute("value")) for button in await page.locator(".menu .whole").all()]


@in_a_browser
@open_to_the_cabinet
@pytest.mark.parametrize("provider", ["payme", "click"])
async def test_every_group_is_green(page, provider):
    await page.goto(f"/sandbox/main/{provider}?lang=ru")
    for group in await groups(page):
        await page.locator(f'.menu .whole[value="{group}"]').click()
        await expect(page.locator("#busy")).not_to_have_class(re.compile("htmx-request"), timeout=SLOW)
        assert await page.locator(".outcome .badge.failed").all_text_contents() == [], group
        await expect(page.locator(".summary.passed")).to_be_visible()


@in_a_browser
@open_to_the_cabinet
async def test_the_menu_is_the_test_cabinet_s(page):
    await page.goto("/sandbox")
    await shoot(page, "menu")
    assert (await page.locator(".menu .section").all_text_contents())[:2] == ["Неверные данные", "Платежные запросы"]
    names = " ".join(await page.locator(".menu").all_text_contents())
    for name in ("Неверная авторизация", "Неверная сумма", "Несуществующий счёт", "PerformTransaction"):
        assert name in names


@in_a_browser
@open_to_the_cabinet
async def test_a_pressed_test_shows_requests_and_answers_side_by_side(page):
    await page.goto("/sandbox/main/payme?lang=ru")
    await page.locator('button[value="payme.1.5"]').click()
    await expect(page.locator(".summary.passed")).to_be_visible(timeout=SLOW)
    await expect(page.locator('[id="mark-payme.1.5"]')).to_have_text("✓")
    request, answer = (
        page.locator(".step").nth(1).locator("pre").first,
        page.locator(".step").nth(1).locator("pre").last,
    )
    await expect(request).to_contain_text('"method": "CreateTransaction"')
    await expect(answer).to_contain_text('"state": 1')
    left, right = await request.bounding_box(), await answer.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    await shoot(page, "create")


@in_a_browser
@open_to_the_cabinet
async def test_the_page_speaks_three_languages(page):
    await page.goto("/sandbox")
    seen = []
    for code in ("RU", "UZ", "EN"):
        await page.get_by_role("link", name=code).click()
        await expect(page.locator("html")).to_have_attribute("lang", code.lower())
        seen.append(await page.locator('.menu button[value="payme.1.2"]').inner_text())
    assert [text.strip() for text in seen] == ["Неверная сумма", "Noto‘g‘ri summa", "Wrong amount"]


@in_a_browser
@pytest.mark.settings(PAYME_SANDBOX="1", PAYME_ALLOWED_NETWORKS="192.0.2.0/24", PAYME_ALLOW_LIST="enforce")
async def test_what_fails_is_red_and_says_why(page):
    await page.goto("/sandbox/main/payme?lang=ru")
    await page.locator('button[value="payme.1.4"]').click()
    await expect(page.locator(".summary.failed")).to_contain_text("Не пройдено", timeout=SLOW)
    step = page.locator(".step.failed")
    await expect(step.locator(".why")).to_contain_text("-32504")
    await expect(step.locator(".cause dt")).to_have_text(["Вероятная причина", "Как исправить"])
    await expect(page.locator('[id="mark-payme.1.4"]')).to_have_text("✗")
    await shoot(page, "failed")


@in_a_browser
@open_to_the_cabinet
async def test_without_javascript_a_button_leads_to_the_results(browser, gateway):
    context = await browser.new_context(
        base_url=str(gateway.make_url("/")), viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/sandbox/main/payme?lang=en")
    await expect(page.locator("#busy")).to_be_hidden()
    await page.locator('button[value="payme.1.4"]').click()
    await expect(page.locator(".summary.passed h1")).to_be_in_viewport(timeout=SLOW)
    await expect(page.locator("#busy")).to_be_hidden()


@in_a_browser
@open_to_the_cabinet
async def test_the_keyboard_is_enough(page):
    await page.goto("/sandbox/main/payme?lang=en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="To the results")).to_be_focused()
    await page.locator('button[value="payme.1.4"]').focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".summary.passed h1")).to_be_visible(timeout=SLOW)
    await expect(page.locator('button[value="payme.1.4"]')).to_be_focused()


@in_a_browser
@open_to_the_cabinet
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_it_without_scrolling_sideways(browser, gateway, scheme):
    page = await browser.new_page(
        base_url=str(gateway.make_url("/")), viewport={"width": 390, "height": 844}, color_scheme=scheme, locale="uz"
    )
    await page.goto("/sandbox/main/payme")
    await shoot(page, f"phone-menu-{scheme}")
    await page.locator('button[value="payme.1.5"]').click()
    await expect(page.locator(".summary.passed")).to_be_in_viewport(timeout=SLOW)
    await shoot(page, f"phone-{scheme}")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
