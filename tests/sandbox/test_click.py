"""Click's suites and their command against the gateway: every row as it must be, and bad use in one line."""

import asyncio
import json

import pytest
from tiyin_sandbox.cli import app
from tiyin_sandbox.click.caller import ClickCaller, amounts
from tiyin_sandbox.click.request import ClickService, sign
from tiyin_sandbox.click.suites import CLICK, GROUPS, STRICT
from tiyin_sandbox.click.suites.desktop import LINES
from tiyin_sandbox.engine.orders import ApiOrders, TemplateOrders
from tiyin_sandbox.engine.results import Verdict
from tiyin_sandbox.engine.runner import run
from typer.testing import CliRunner

from tests.click_http.test_desktop_program import ROWS

pytestmark = pytest.mark.settings(RELEASE_AFTER="0")


@pytest.fixture
def caller(click, http):
    return ClickCaller(http, click.url + "/prepare", click.url + "/complete", click.service_id, click.secret)


@pytest.fixture
def api_orders(shop, http):
    return ApiOrders(http, shop.url, shop.token, {"kind": "one_time", "amount": 500_00})


def not_passed(report):
    return {
        outcome.check.id: outcome.reason or [(step.step, step.why, step.answer_text) for step in outcome.failed_steps]
        for outcome in report.outcomes
        if outcome.verdict is not Verdict.PASSED
    }


@pytest.mark.parametrize("group", [group.id for group in GROUPS])
async def test_the_gateway_passes(caller, api_orders, group):
    report = await run(CLICK.chosen([group]), caller, api_orders)
    assert not_passed(report) == {}


@pytest.mark.parametrize("tool", ["desktop", "postman"])
async def test_orders_that_exist_will_do(caller, shop, tool):
    await asyncio.gather(*[shop.opens(f"test-{number}") for number in range(1, 16)])
    report = await run(CLICK.chosen([tool]), caller, TemplateOrders("test-{n}"))
    assert not_passed(report) == {}


async def test_every_check_of_its_own_passes_too(caller, api_orders):
    for check in CLICK.chosen(["desktop"]):
        assert not_passed(await run([check], caller, api_orders)) == {}


async def test_so_m_with_tiyin(click, http, shop):
    caller = ClickCaller(http, click.url, None, click.service_id, click.secret, amount="33139.73")
    orders = ApiOrders(http, shop.url, shop.token, {"amount": 3_313_973})
    assert not_passed(await run(CLICK.chosen(["desktop", "signature"]), caller, orders)) == {}


def test_the_desktop_programs_rows_are_its_own():
    named = [f"{line.number} {line.ru}".removesuffix(" (merchant_prepare_id)") for line in LINES]
    assert named == list(ROWS)


def test_both_tools_have_fifteen_rows_in_three_languages():
    for tool in ("desktop", "postman"):
        assert len(CLICK.chosen([tool])) == 15
    for language in ("ru", "uz", "en"):
        assert all(check.name(language) for check in CLICK.checks)
    assert len({check.id for check in CLICK.checks}) == len(CLICK.checks)


@pytest.mark.parametrize(
    ("fields", "signature"),
    [
        pytest.param(("3650011223", "ORD-42", "", "1000.00", "0", "30"), "bf1b3a8e50e73707cc9b3e9796d799f4", id="H1"),
        pytest.param(("3650011223", "ORD-42", "1001", "1000", "1", "42"), "ed5bcb6a7711ad14d2cf1015d0ff6e29", id="H4"),
    ],
)
def test_it_signs_as_click_does(fields, signature):
    names = ("click_trans_id", "merchant_trans_id", "merchant_prepare_id", "amount", "action", "sign_time")
    form = dict(zip(names, fields, strict=True))
    form |= {"service_id": "54321", "sign_time": f"2026-11-22 10:15:{form['sign_time']}"}
    assert sign(form, "Kx7-demo-SECRET") == signature


def test_an_amount_is_written_in_all_its_ways():
    assert amounts("500") == {
        "$amount": "500",
        "$plain": "500",
        "$one_zero": "500.0",
        "$two_zeros": "500.00",
        "$wrong": "499",
        "$three_hundred": "300",
        "$tiyin_less": "499.99",
        "$tiyin_more": "500.01",
        "$part_of_tiyin": "500.005",
        "$exponent": "5E+2",
        "$negative": "-500",
        "$in_tiyin": "50000",
    }


def test_no_secret_is_shown():
    assert "Kx7" not in repr(ClickService("http://x", "http://x", 1, "Kx7-demo-SECRET"))


async def sandbox(*arguments):
    """The command, in a thread: the gateway that it calls lives here."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["click", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def known(click, shop):
    return click.url, "--service-id", click.service_id, "--secret", click.secret, "--api-token", shop.token


async def test_the_command_runs_a_tools_rows(known, tmp_path):
    status, output = await sandbox(*known, "--suite", "desktop", "--json", tmp_path / "report.json")
    assert (status, "15 passed, 0 failed" in output) == (0, True), output
    report = json.loads((tmp_path / "report.json").read_text())
    assert [check["id"] for check in report["checks"]] == [f"click.desktop.{number}" for number in range(1, 16)]


async def test_the_command_runs_everything(known):
    status, output = await sandbox(*known)
    assert (status, f"{len(CLICK.checks)} passed, 0 failed" in output) == (0, True), output


async def test_orders_of_another_price_are_reported(click, shop):
    await asyncio.gather(*[shop.opens(f"test-{number}", amount=700_00) for number in range(1, 16)])
    usual = (click.url, "--service-id", click.service_id, "--secret", click.secret, "--suite", "desktop")
    status, output = await sandbox(*usual, "--account", "merchant_trans_id=test-{n}")
    assert status == 1
    assert "--amount" in output


BAD_USE = {
    "a wrong secret": ({"--secret": "wrong"}, "every row would be -1"),
    "no secret": ({"--secret": ""}, "--secret is empty"),
    "another service": ({"--service-id": "1"}, "every row would be -8"),
    "no amount": ({"--amount": "five"}, "--amount five"),
    "parts of a tiyin": ({"--amount": "1.005"}, "whole tiyin"),
    "too few orders": ({"--account": "1001"}, "Fresh orders needed: 14"),
    "an unknown order": ({"--account": "nobody-{n}"}, "Order nobody-1 is not there"),
}


@pytest.mark.parametrize(("arguments", "line"), BAD_USE.values(), ids=BAD_USE)
async def test_bad_use_gets_a_line(click, arguments, line):
    usual = {"--service-id": click.service_id, "--secret": click.secret, "--suite": "desktop", "--account": "test-{n}"}
    status, output = await sandbox(click.url, *[word for pair in (usual | arguments).items() for word in pair])
    assert (status, line in output, "Traceback" in output) == (2, True, False), output


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("http://127.0.0.1:1/click", "cannot be reached", id="nothing listens"),
        pytest.param("http://shop.example/click", "--yes-this-host shop.example", id="not this machine"),
        pytest.param("click", "no http:// or https:// URL", id="no address"),
    ],
)
async def test_an_address_that_will_not_do_gets_a_line(path, line):
    status, output = await sandbox(path, "--service-id", 1, "--secret", "x", "--account", "test-{n}")
    assert (status, line in output, "Traceback" in output) == (2, True, False), output


def test_the_strict_rows_are_strict():
    assert {check.group for check in CLICK.checks if check.strict} == set(STRICT)
