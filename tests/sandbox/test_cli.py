"""`tiyin sandbox payme`, as it is typed: what it prints, and how it ends."""

import json

import pytest
from tiyin_sandbox.engine.checks import orders_needed
from tiyin_sandbox.payme.suites import PAYME

from schema.values import to_ms
from tests.conftest import SETTINGS
from tests.sandbox.command_line import OPENED

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"


async def test_all_green_is_status_0(command_line):
    status, output, message = await command_line.payme(*OPENED)
    assert (status, message) == (0, "")
    assert "14 checks, fresh orders needed: 11 (one-time, awaiting payment of 500000 tiyin each)" in output
    assert "14 passed, 0 failed in" in output


async def test_a_live_token_is_said_to_be_one(command_line):
    _, output, _ = await command_line.payme(*OPENED)
    assert "The API token is a live one" in output


@pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)
async def test_with_the_credentials_of_test_mode_nothing_is_said_and_no_order_touched(command_line, shop):
    status, output, _ = await command_line.payme("--api-token", TEST_TOKEN, key=SETTINGS["PAYME_TEST_KEY"])
    assert (status, "live" in output) == (0, False)
    assert await shop.reads("SELECT DISTINCT shop FROM orders") == [("main~test",)]


async def test_anything_red_is_status_1_with_cause_and_fix(command_line):
    status, output, _ = await command_line.payme(*OPENED, "--test", "create", "--busy-code", "-31099")
    assert status == 1
    assert "✗ CreateTransaction · «Ожидает оплаты»" in output
    assert "the error -31099 is expected, not -31053" in output


async def test_one_test_is_run_alone(command_line):
    _, output, _ = await command_line.payme("--test", "auth")
    assert "1 check, no orders needed" in output
    assert output.splitlines()[-1].startswith("1 passed, 0 failed")


@pytest.mark.parametrize(
    "test", ["auth", "amount", "account", "check", "create", "perform", "cancel", "statement", "fiscal", "all"]
)
async def test_every_test_that_can_be_named_is_green(command_line, test):
    assert (await command_line.payme(*OPENED, "--test", test))[0] == 0


@pytest.mark.parametrize("test", ["envelope", "races", "hostile"])
async def test_a_strict_group_may_be_named_without_strict(command_line, test):
    assert (await command_line.payme(*OPENED, "--test", test))[0] == 0


async def test_accounts_may_be_named(command_line, shop):
    names = [f"order-{number}" for number in range(orders_needed(PAYME.chosen(["perform", "amount"])))]
    for name in names:
        await shop.opens(name, 700_000)
    arguments = [word for name in names for word in ("--account", f"order_id={name}")]
    assert (await command_line.payme(*arguments, "--amount", 700_000, "--test", "perform", "--test", "amount"))[0] == 0


async def test_a_balance_takes_one_account(command_line, shop):
    await shop.opens("phone", None, kind="accumulative")
    status, output, _ = await command_line.payme("--account", "order_id=phone", "--accumulative")
    assert status == 0
    assert "Счёт «Накопительный»" in output


async def test_reports_are_written(command_line, tmp_path):
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    arguments = [word for name, path in files.items() for word in (f"--{name}", path)]
    await command_line.payme(*OPENED, "--test", "check", *arguments, "--lang", "en")
    assert json.loads(files["json"].read_text())["passed"] == 4
    assert "“Blocked” (paid)" in files["html"].read_text()
    assert 'tests="4"' in files["junit"].read_text()


async def test_a_report_that_cannot_be_written_is_reported(command_line, tmp_path):
    message = await command_line.cannot("--test", "auth", "--json", tmp_path / "nowhere" / "report.json")
    assert message.startswith("The report cannot be written to ")


async def test_too_few_orders_are_reported_before_the_first_check(command_line, shop):
    await shop.opens("1001")
    message = await command_line.cannot("--account", "order_id=1001")
    assert message.startswith("Fresh orders needed: 11 (one-time, awaiting payment of 500000 tiyin each); given: 1.")


async def test_a_wrong_key_is_reported_once(command_line):
    message = await command_line.cannot(*OPENED, key="nobodys-key-of-36-characters")
    assert message.startswith("The gateway refuses the key: every row would be -32504.")


async def test_an_empty_key_is_reported(command_line):
    assert await command_line.cannot(*OPENED, key="") == "--key is empty."


async def test_an_order_that_is_paid_is_reported(command_line, shop, payme, clock):
    await shop.opens("1001", 500_000)
    await payme.creates("5f3a", to_ms(clock()), "1001", 500_000)
    message = await command_line.cannot("--test", "perform", "--account", "order_id=1001")
    assert message.startswith('Order {"order_id": "1001"} isn\'t payable: the gateway answers -31053')


async def test_an_order_that_is_not_there_is_reported(command_line):
    message = await command_line.cannot("--test", "perform", "--account", "order_id=1001")
    assert 'the gateway answers -31050 "The order was not found"' in message


async def test_an_amount_in_som_is_reported(command_line, shop):
    await shop.opens("1001", 500_000)
    message = await command_line.cannot("--test", "perform", "--account", "order_id=1001", "--amount", 5000)
    assert "--amount is in tiyin, 100 to the so'm" in message


async def test_a_wrong_api_token_is_reported(command_line):
    assert (await command_line.cannot("--api-token", "nobodys")).startswith(
        "No order can be opened: the merchant API answered 401"
    )


async def test_another_host_is_refused_unless_it_is_named(command_line):
    message = await command_line.cannot(*OPENED, url="http://shop.example/payme")
    assert message.startswith("shop.example is not this machine.")
    assert message.endswith("--yes-this-host shop.example")


async def test_the_api_must_be_an_allowed_host_too(command_line):
    message = await command_line.cannot(*OPENED, "--api-url", "http://api.shop.example")
    assert message.startswith("api.shop.example is not this machine.")


@pytest.mark.parametrize("url", ["payme", "http://", "http://[::1", "ftp://127.0.0.1/payme"])
async def test_what_is_no_address_is_reported(command_line, url):
    assert (await command_line.cannot(*OPENED, url=url)).startswith("This is no ")


async def test_an_account_without_a_field_is_reported(command_line):
    assert (await command_line.cannot("--account", "1001")).startswith("--account 1001: write it as FIELD=VALUE")


async def test_an_unknown_test_is_bad_use(command_line):
    status, _, message = await command_line.payme("--test", "everything")
    assert status == 2
    assert "'everything' is not one of" in message


async def test_watch_runs_again_until_q(command_line):
    status, output, _ = await command_line.payme("--test", "auth", "--watch", keys="\nr\nq\n")
    assert status == 0
    assert output.count("1 passed, 0 failed") == 3


async def test_watch_ends_with_its_input(command_line):
    _, output, _ = await command_line.payme("--test", "auth", "--watch", keys="")
    assert output.count("1 passed, 0 failed") == 1


async def test_a_check_that_waits_for_long_needs_no_order_until_it_is_known_how_long(command_line, shop):
    await shop.opens("1001", 500_000)
    named = ("--account", "order_id=1001", "--test", "shop", "--strict")
    _, output, _ = await command_line.payme(*named)
    assert "fresh orders needed" not in output
    assert "Skipped: it waits until a held order may be taken over" in " ".join(output.split())
    message = await command_line.cannot(*named, "--reservation", 1800, "--test", "fiscal")
    needed = orders_needed(PAYME.chosen(["fiscal"], strict=True)) + 1
    assert message.startswith(f"Fresh orders needed: {needed} ")


async def test_what_cannot_be_asked_of_named_orders_is_skipped_and_not_counted(command_line, shop):
    await shop.opens("test-1", 500_000)
    checks = [check for check in PAYME.chosen(["cancel"], strict=True) if not check.shop_actions]
    for number in range(2, orders_needed(checks) + 1):
        await shop.opens(f"test-{number}", 500_000)
    status, output, _ = await command_line.payme("--account", "order_id=test-{n}", "--test", "cancel", "--strict")
    assert (status, "1 skipped" in output) == (0, True)
    assert "Skipped: the orders cannot be asked to deliver" in output
