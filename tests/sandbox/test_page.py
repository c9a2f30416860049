"""The page at /sandbox by plain HTTP: where it is, who may press its buttons, what a run uses and shows."""

import asyncio
import base64
import html
import re

import pytest
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.payme.suites import PAYME

from tests.actors.payme import new_id
from tests.conftest import SETTINGS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"
open_to_the_cabinet = pytest.mark.settings(PAYME_SANDBOX="1", CLICK_TEST="1", API_TEST_TOKEN=TEST_TOKEN)


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
async def test_runs_all_day_long_are_too_many(press, monkeypatch):
    """Each leaves rows in the journal and lines in the log, and anybody may press."""
    monkeypatch.setattr("gateway.sandbox_page.runs.CHECK_BYTES", 5 * 2**20)
    assert (await press("payme.1.5"))[0] == 200
    status, html = await press("payme.1.5")
    assert status == 429
    assert "too many runs" in html


@open_to_the_cabinet
async def test_a_button_that_is_not_on_the_page_runs_nothing(press):
    assert [(await press(run))[0] for run in ("", "payme.0", "click.desktop.1", "x" * 5000)] == [404] * 4


@open_to_the_cabinet
async def test_a_run_pays_only_orders_of_its_own(press, shop):
    await shop.opens("1001")
    await press("official")
    touched = await shop.reads("SELECT o.account FROM payments p JOIN orders o ON o.id = p.order_id")
    assert touched
    assert all(account.startswith("sandbox-") for (account,) in touched)


@open_to_the_cabinet
@pytest.mark.settings(RELEASE_AFTER="0")
@pytest.mark.parametrize(
    ("provider", "passed", "skipped"), [("payme", len(PAYME.checks) - 1, ["1"]), ("click", len(CLICK.checks), [])]
)
async def test_all_is_green_and_no_secret_is_on_the_page(press, provider, passed, skipped):
    """What is skipped is the takeover of an order, for which nobody waits."""
    text = html.unescape((await press("all", f"main/{provider}?lang=en"))[1])
    assert f"Passed: {passed} of {passed}" in text
    assert re.findall(r"skipped: (\d+)", text) == skipped
    secrets = [SETTINGS[name] for name in ("PAYME_KEY", "PAYME_TEST_KEY", "CLICK_SECRET_KEY", "API_TOKEN")]
    basic = [base64.b64encode(f"Paycom:{key}".encode()).decode() for key in secrets]
    assert [secret for secret in (*secrets, *basic) if secret in text] == []
    assert not re.search(r"sign_string\W{1,12}[0-9a-f]{32}", text)


@open_to_the_cabinet
async def test_a_statement_on_the_page_hides_payments_of_others(press, payme, shop, clock):
    await shop.with_token(TEST_TOKEN).opens("another-order", 5_000_000)
    other = new_id()
    await payme.with_key(SETTINGS["PAYME_TEST_KEY"]).creates(other, int(clock().timestamp() * 1000), "another-order")
    status, text = await press("statement")
    assert (status, "1 × hidden" in text) == (200, True)
    assert other not in text
    assert "another-order" not in text


@pytest.mark.settings(PAYME_SANDBOX="1", PAYME_TEST_KEY=None)
async def test_without_a_test_key_there_is_no_page(gateway, http):
    """It never calls with the live one."""
    async with http.get(gateway.make_url("/sandbox")) as response:
        assert response.status == 404


@pytest.mark.settings(PAYME_SANDBOX="1")
async def test_a_service_that_takes_money_has_no_page(gateway, http):
    async with http.get(gateway.make_url("/sandbox/main/click")) as response:
        assert response.status == 404


@open_to_the_cabinet
@pytest.mark.parametrize("provider", ["payme", "click"])
async def test_a_run_is_one_of_test_mode(press, shop, provider):
    await press("official", f"main/{provider}?lang=en")
    assert await shop.reads("SELECT DISTINCT shop FROM orders") == [("main~test",)]
    assert (await shop.lists())["items"] == []


@open_to_the_cabinet
@pytest.mark.parametrize(("provider", "check"), [("payme", "payme.T9"), ("click", "click.O8c-released")])
async def test_an_attempt_that_may_not_be_ended_yet_is_told_with_the_cure(press, provider, check):
    _, text = await press(check, f"main/{provider}?lang=en")
    assert "set RELEASE_AFTER=0" in text


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
