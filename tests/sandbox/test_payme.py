"""Payme's suite against the gateway: all green, whatever the orders come from."""

import asyncio

import aiohttp
import pytest
from tiyin_sandbox.engine.checks import orders_needed
from tiyin_sandbox.engine.orders import ApiOrders, BalanceOrder, NamedOrders, TemplateOrders
from tiyin_sandbox.engine.results import Verdict
from tiyin_sandbox.engine.runner import run
from tiyin_sandbox.payme.caller import EDGE_MS, PaymeCaller
from tiyin_sandbox.payme.suites import PAYME

from tests.conftest import SETTINGS

AMOUNT = 500_000
ORDER = {"amount": AMOUNT}
RESERVATION = 1_800

pytestmark = pytest.mark.settings(RELEASE_AFTER="0", PAYME_RESERVATION=str(RESERVATION))


@pytest.fixture
def cabinet(http, payme):
    """Payme's test cabinet, pointed at the gateway."""
    return PaymeCaller(http, payme.url, payme.key, amount=AMOUNT)


@pytest.fixture
def opened(http, gateway):
    """Orders that are opened as they are needed."""
    return ApiOrders(http, str(gateway.make_url("/")), SETTINGS["API_TOKEN"], ORDER)


def wrong(report):
    """What did not pass, and why."""
    return [
        (outcome.check.id, outcome.reason, [(step.step, step.why, step.answer_text) for step in outcome.failed_steps])
        for outcome in report.outcomes
        if outcome.verdict != Verdict.PASSED
    ]


async def test_the_cabinet_is_green(cabinet, opened):
    report = await run(PAYME.chosen(), cabinet, opened)
    assert wrong(report) == []


async def test_the_strict_suite_is_green_and_never_shows_a_key(cabinet, opened):
    report = await run(PAYME.chosen(strict=True), cabinet, opened)
    assert [check for check, *_ in wrong(report)] == ["payme.T10"]
    assert len(report.outcomes) == len([check for check in PAYME.checks if check.kind != "accumulative"])
    told = str(report.to_json())
    assert cabinet.credentials.key not in told
    assert "UGF5Y29tO" not in told  # base64 of "Paycom:"


def _only(check_id):
    return [check for check in PAYME.checks if check.id == check_id]


async def test_a_check_that_waits_for_long_is_skipped_unless_it_is_known_how_long(cabinet, opened):
    report = await run(_only("payme.T10"), cabinet, opened)
    assert "--reservation" in report.outcomes[0].reason
    assert (report.count(Verdict.SKIPPED), report.passed, report.whole) == (1, False, True)


async def test_an_order_is_taken_over_when_its_reservation_has_passed(payme, http, opened, clock):
    cabinet = PaymeCaller(http, payme.url, payme.key, amount=AMOUNT, reservation=RESERVATION)
    assert wrong(await run(_only("payme.T10"), cabinet, opened, sleep=clock.sleep)) == []


@pytest.mark.settings(PAYME_RESERVATION="3600")
async def test_an_order_that_is_held_for_longer_than_was_said_is_red(payme, http, opened, clock):
    cabinet = PaymeCaller(http, payme.url, payme.key, amount=AMOUNT, reservation=RESERVATION)
    report = await run(_only("payme.T10"), cabinet, opened, sleep=clock.sleep)
    assert "--reservation" in report.outcomes[0].failed_steps[0].cause.fix


@pytest.mark.settings(RELEASE_AFTER="600")
async def test_an_attempt_that_is_too_young_to_be_released_is_skipped_with_the_cure(cabinet, opened):
    report = await run(_only("payme.T9"), cabinet, opened)
    assert "set RELEASE_AFTER=0" in report.outcomes[0].reason
    assert (report.count(Verdict.SKIPPED), report.passed, report.whole) == (1, False, True)


async def test_a_call_that_misses_its_moment_is_sent_again(payme, opened):
    tracing = aiohttp.TraceConfig()
    tracing.on_request_start.append(_the_first_is_slow())
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        cabinet = PaymeCaller(session, payme.url, payme.key, amount=AMOUNT)
        report = await run(_only("payme.T2"), cabinet, opened)
    assert wrong(report) == []


def _the_first_is_slow():
    """As on a way, or by a gateway, that takes longer than the transaction has to live."""
    waits = iter([EDGE_MS / 1000 + 0.1])

    async def before_the_request(*_):
        await asyncio.sleep(next(waits, 0))

    return before_the_request


async def test_a_balance_is_green(cabinet, shop):
    await shop.opens("phone", None, kind="accumulative")
    report = await run(PAYME.chosen(strict=True, kind="accumulative"), cabinet, BalanceOrder("phone"))
    assert wrong(report) == []


@pytest.mark.settings(PAYME_BUSY_ORDER_CODE="-31008")
async def test_the_documented_code_for_a_held_order_is_green_when_it_is_asked_for(cabinet, opened):
    cabinet.busy_code = -31008
    assert wrong(await run(PAYME.chosen(["create", "check"]), cabinet, opened)) == []


@pytest.mark.settings(PAYME_BUSY_ORDER_CODE="-31008")
async def test_the_documented_code_for_a_held_order_is_red_otherwise(cabinet, opened):
    report = await run(PAYME.chosen(["create", "check"]), cabinet, opened)
    assert [check for check, *_ in wrong(report)] == ["payme.1.5", "payme.busy"]
    assert "--busy-code -31008" in report.outcomes[1].failed_steps[0].cause.fix


@pytest.mark.settings(PAYME_ACCOUNT_FIELD="invoice")
async def test_the_accounts_field_has_the_cabinets_own_name(cabinet, opened):
    cabinet.field = "invoice"
    assert wrong(await run(PAYME.chosen(), cabinet, opened)) == []


async def test_orders_that_were_named_are_green_and_none_is_left(cabinet, shop):
    checks = PAYME.chosen()
    names = [f"order-{number}" for number in range(orders_needed(checks))]
    for name in names:
        await shop.opens(name, AMOUNT)
    orders = NamedOrders([{"order_id": name} for name in names])
    assert wrong(await run(checks, cabinet, orders)) == []
    assert orders.left() == 0


async def test_orders_of_a_template_are_green(cabinet, shop):
    for number in range(1, orders_needed(PAYME.chosen()) + 1):
        await shop.opens(f"test-{number}", AMOUNT)
    assert wrong(await run(PAYME.chosen(), cabinet, TemplateOrders({"order_id": "test-{n}"}))) == []


@pytest.mark.parametrize("check", PAYME.chosen(), ids=lambda check: check.id)
async def test_each_check_stands_on_its_own(check, cabinet, opened):
    assert wrong(await run([check], cabinet, opened)) == []


async def test_create_perform_and_cancel_are_sent_twice(cabinet, opened):
    report = await run(PAYME.chosen(["create", "perform", "cancel"]), cabinet, opened)
    again = [step.step for outcome in report.outcomes for step in outcome.steps if "again" in step.step]
    assert again == [
        "CreateTransaction (again)",
        "CancelTransaction (again)",
        "PerformTransaction (again)",
        "CancelTransaction (again)",
    ]


async def test_every_repeat_has_an_id_of_its_own(cabinet, opened):
    report = await run(PAYME.chosen(["perform"]), cabinet, opened)
    requests = [step.request for step in report.outcomes[0].steps]
    assert len(set(requests)) == len(requests)


async def test_a_wrong_key_is_red_everywhere_but_where_it_must_be_refused(cabinet, opened):
    cabinet.credentials = type(cabinet.credentials)("Paycom", "nobodys-key")
    report = await run(PAYME.chosen(), cabinet, opened)
    assert [outcome.check.id for outcome in report.outcomes if outcome.verdict == Verdict.PASSED] == ["payme.1.1"]
    assert "cut at a `#`" in report.outcomes[1].failed_steps[0].cause.text


async def test_what_the_shop_alone_can_do_is_skipped_where_it_cannot_be_asked_for(cabinet):
    report = await run([check for check in PAYME.checks if check.shop_actions], cabinet, NamedOrders(["1", "2"]))
    assert {outcome.reason for outcome in report.outcomes} == {
        "the orders cannot be asked to cancel",
        "the orders cannot be asked to deliver",
        "the orders cannot be asked to release",
        "the orders cannot be asked to expire",
        "the orders cannot be asked to amend",
        "the orders cannot be asked to cancel or reopen",
    }
    assert (report.passed, report.whole) == (False, True)


async def test_when_orders_run_out_the_rest_is_skipped(cabinet, shop):
    await shop.opens("only", AMOUNT)
    report = await run(PAYME.chosen(["perform", "cancel"]), cabinet, NamedOrders(["only"]))
    assert [outcome.verdict.value for outcome in report.outcomes] == ["passed", "skipped", "skipped"]
    assert not report.whole


async def test_an_unreachable_gateway_is_red_and_not_a_traceback(cabinet):
    cabinet.url = "http://127.0.0.1:1/payme"
    report = await run(PAYME.chosen(["check"])[:1], cabinet, NamedOrders(["1001"]))
    step = report.outcomes[0].failed_steps[0]
    assert step.why == "no answer: nothing answers at 127.0.0.1:1: connection refused"
    assert step.cause is not None


def test_every_check_has_an_id_of_its_own_and_three_names():
    ids = [check.id for check in PAYME.checks]
    assert len(set(ids)) == len(ids)
    assert all(check.name(language) for check in PAYME.checks for language in ("ru", "uz", "en"))
    assert {check.group for check in PAYME.checks} == {group.id for group in PAYME.groups}


def test_orders_are_counted_beforehand():
    checks = PAYME.chosen(["amount", "check", "statement"])
    assert (orders_needed(checks), orders_needed(checks, "accumulative")) == (5, 1)
    assert orders_needed(PAYME.chosen(["auth"])) == 0
