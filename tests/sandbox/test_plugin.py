"""The plugin for pytest, run in a pytest of its own: each check is a test, and a failure shows the calls alone."""

import asyncio
import shutil
from pathlib import Path

import pytest
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.payme.suites import PAYME

from tests.conftest import SETTINGS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
INTERNALS = ["*Traceback*", "*items.py*", "*asyncio*"]


@pytest.fixture
def runs(pytester, monkeypatch):
    """A test file, in another process; the gateway that it calls lives here, so nothing here may wait for it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error::ResourceWarning")

    async def run(test_file, *options):
        path = test_file if isinstance(test_file, Path) else pytester.makepyfile(test_shop=test_file)
        command = (
            "-p",
            "tiyin_sandbox.pytest_plugin",
            "-v",
            "-p",
            "no:cacheprovider",
            f"--rootdir={path.parent}",
            *options,
            path,
        )
        return await asyncio.to_thread(pytester.runpytest_subprocess, *command)

    return run


TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"


@pytest.fixture
def environment(gateway, click, monkeypatch):
    """What the examples below know of the gateway."""
    known = {
        "GATEWAY": str(gateway.make_url("/")).rstrip("/"),
        "API_TOKEN": SETTINGS["API_TOKEN"],
        "PAYME_KEY": SETTINGS["PAYME_KEY"],
        "PAYME_TEST_KEY": SETTINGS["PAYME_TEST_KEY"],
        "API_TEST_TOKEN": TEST_TOKEN,
        "DEMO_CLICK_TEST_SERVICE_ID": SETTINGS["CLICK_SERVICE_ID"],
        "DEMO_CLICK_TEST_SECRET_KEY": SETTINGS["CLICK_SECRET_KEY"],
        "CLICK_SERVICE_ID": SETTINGS["CLICK_SERVICE_ID"],
        "CLICK_SECRET_KEY": SETTINGS["CLICK_SECRET_KEY"],
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)


SHOP = """
import asyncio, json, os, urllib.request
import pytest
from tiyin_sandbox.pytest_plugin import Click, Payme, TiyinOrders, click_checks, payme_checks

GATEWAY, TOKEN = os.environ["GATEWAY"], os.environ["API_TOKEN"]
made = 0

def make_order(amount=500_000):
    global made
    made += 1
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()  # Django's database would refuse
    body = json.dumps({"account": f"plugin-{made}", "amount": amount}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{GATEWAY}/api/v1/orders", body, headers)).close()
    return f"plugin-{made}"
"""
PAYME_URL = 'f"{GATEWAY}/payment/callback/payme"'
CLICK_WORDS = 'f"{GATEWAY}/payment/callback/click", 54321, os.environ["CLICK_SECRET_KEY"]'


async def test_three_lines_make_each_check_a_test(runs, environment):
    result = await runs(SHOP + f"payme = payme_checks(Payme({PAYME_URL}, os.environ['PAYME_KEY'], make_order))\n")
    result.assert_outcomes(passed=len(PAYME.chosen()))
    result.stdout.fnmatch_lines(["*::payme::Неверная сумма PASSED*"])


async def test_pytest_finds_it_by_itself_and_beside_others(pytester, environment):
    source = f"payme = payme_checks(Payme({PAYME_URL}, os.environ['PAYME_KEY'], make_order), groups=['create'])\n"
    path = pytester.makepyfile(test_shop=SHOP + source)
    options = ("-o", "asyncio_mode=auto", "-p", "no:cacheprovider")
    result = await asyncio.to_thread(pytester.runpytest_subprocess, *options, path)
    result.assert_outcomes(passed=len(PAYME.chosen(["create"])))


async def test_the_server_may_come_from_a_fixture(runs, environment):
    source = """
@pytest.fixture
def live_server():
    return GATEWAY + "/payment/callback/click"

@click_checks(groups=["desktop"], language="en")
def test_click(live_server):
    return Click(live_server, 54321, os.environ["CLICK_SECRET_KEY"], order=lambda: make_order(500_00))
"""
    result = await runs(SHOP + source)
    result.assert_outcomes(passed=15)
    result.stdout.fnmatch_lines(["*::test_click::15. Confirming a cancelled payment*PASSED*"])


async def test_an_order_may_be_made_by_a_coroutine(runs, environment):
    source = f"""
async def make_one():
    return await asyncio.to_thread(make_order, 500_00)

click = click_checks(Click({CLICK_WORDS}, make_one), groups=["races"])
"""
    result = await runs(SHOP + source)
    result.assert_outcomes(passed=4)


async def test_one_check_runs_alone(runs, environment):
    source = f"click = click_checks(Click({CLICK_WORDS}, lambda: make_order(500_00)), strict=True)\n"
    result = await runs(SHOP + source, "-k", "click.desktop.7")
    result.assert_outcomes(passed=1, deselected=len(CLICK.checks) - 1)


async def test_a_failure_shows_the_calls_alone(runs, environment):
    source = f"click = click_checks(Click({CLICK_WORDS}, lambda: make_order(400_00)), groups=['desktop'])\n"
    result = await runs(SHOP + source, "-k", "12.")
    result.assert_outcomes(failed=1, deselected=14)
    result.stdout.fnmatch_lines(
        [
            "*12. Успешная подготовка платежа*",
            "12. Prepared (click.desktop.12)",
            "    Sent:*POST http://127.0.0.1:*/payment/callback/click",
            "*merchant_trans_id=plugin-1",
            "    Answered:*HTTP 200",
            '*"error": -2*',
            "    Expected:*error 0 (success)",
            "    Wrong:*`error` must be 0 (success), not -2 (wrong amount)",
            "    Likely cause:*",
            "    Fix:*",
        ]
    )
    for line in INTERNALS:
        result.stdout.no_fnmatch_line(line)
    result.stdout.no_fnmatch_line("*" + SETTINGS["CLICK_SECRET_KEY"] + "*")


async def test_a_host_that_was_not_named_is_not_called(runs, environment):
    source = 'payme = payme_checks(Payme("https://shop.example/payme", "key", make_order), groups=["auth"])\n'
    result = await runs(SHOP + source)
    result.assert_outcomes(failed=len(PAYME.chosen(["auth"])))
    result.stdout.fnmatch_lines(["shop.example is not this machine.*--yes-this-host shop.example*"])
    result.stdout.no_fnmatch_line("*Traceback*")


async def test_a_group_that_is_not_there_is_reported(runs, environment):
    source = f"payme = payme_checks(Payme({PAYME_URL}, 'key', make_order), groups=['nonsense'])\n"
    result = await runs(SHOP + source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ValueError: no such group: nonsense; there are auth, *"])


@pytest.fixture
def example(pytester):
    """An example by itself, out of reach of this project's own settings."""
    return lambda name: Path(shutil.copytree(EXAMPLES / name, pytester.path / name))


@pytest.mark.settings(PAYME_SANDBOX="1", CLICK_TEST="1", API_TEST_TOKEN=TEST_TOKEN)
async def test_the_example_of_a_running_gateway(runs, environment, example):
    result = await runs(example("running_gateway"))
    result.assert_outcomes(passed=len(PAYME.chosen()) + len(CLICK.chosen()))


async def test_the_example_of_a_small_shop(runs, example):
    result = await runs(example("small_shop"))
    of_the_shop = [check for check in CLICK.checks if check.shop_actions]  # which it cannot be asked for
    result.assert_outcomes(passed=len(CLICK.checks) - len(of_the_shop), skipped=len(of_the_shop))
