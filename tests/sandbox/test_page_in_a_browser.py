"""The page at /sandbox in a real browser."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

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

pytestmark = [
    pytest.mark.settings(PAYME_SANDBOX="1", CLICK_TEST="1"),
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ, reason="needs Debian's chromium (apt-get install chromium)"
    ),
]


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


async def shoot(page: Page, name: str) -> None:
    """A picture of the page, kept for people."""
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"sandbox-{name}.png")


async def groups(page: Page) -> list[str]:
    return [str(await button.get_attribute("value")) for button in await page.locator(".menu .whole").all()]


@pytest.mark.parametrize("provider", ["payme", "click"])
async def test_every_group_is_green(page, provider):
    await page.goto(f"/sandbox/main/{provider}?lang=ru")
    for group in await groups(page):
        await page.locator(f'.menu .whole[value="{group}"]').click()
        await expect(page.locator("#busy")).not_to_have_class(re.compile("htmx-request"), timeout=SLOW)
        assert await page.locator(".outcome .badge.failed").all_text_contents() == [], group
        await expect(page.locator(".summary.passed")).to_be_visible()


async def test_the_menu_is_the_test_cabinet_s(page):
    await page.goto("/sandbox")
    await shoot(page, "menu")
    assert (await page.locator(".menu .section").all_text_contents())[:2] == ["Неверные данные", "Платежные запросы"]
    names = " ".join(await page.locator(".menu").all_text_contents())
    for name in ("Неверная авторизация", "Неверная сумма", "Несуществующий счёт", "PerformTransaction"):
        assert name in names


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


async def test_the_page_speaks_three_languages(page):
    await page.goto("/sandbox")
    seen = []
    for code in ("RU", "UZ", "EN"):
        await page.get_by_role("link", name=code).click()
        await expect(page.locator("html")).to_have_attribute("lang", code.lower())
        seen.append(await page.locator('.menu button[value="payme.1.2"]').inner_text())
    assert [text.strip() for text in seen] == ["Неверная сумма", "Noto‘g‘ri summa", "Wrong amount"]


@pytest.mark.settings(PAYME_ALLOWED_NETWORKS="192.0.2.0/24", PAYME_ALLOW_LIST="enforce")
async def test_what_fails_is_red_and_says_why(page):
    await page.goto("/sandbox/main/payme?lang=ru")
    await page.locator('button[value="payme.1.4"]').click()
    await expect(page.locator(".summary.failed")).to_contain_text("Не пройдено", timeout=SLOW)
    step = page.locator(".step.failed")
    await expect(step.locator(".why")).to_contain_text("-32504")
    await expect(step.locator(".cause dt")).to_have_text(["Вероятная причина", "Как исправить"])
    await expect(page.locator('[id="mark-payme.1.4"]')).to_have_text("✗")
    await shoot(page, "failed")


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


async def test_the_keyboard_is_enough(page):
    await page.goto("/sandbox/main/payme?lang=en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="To the results")).to_be_focused()
    await page.locator('button[value="payme.1.4"]').focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".summary.passed h1")).to_be_visible(timeout=SLOW)
    await expect(page.locator('button[value="payme.1.4"]')).to_be_focused()


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
