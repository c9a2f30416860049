"""Runs the suites against a gateway with one fault, and tells which checks were red."""

from typing import Final

from aiohttp import ClientSession
from tiyin_sandbox.click.caller import ClickCaller
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.engine.checks import Check
from tiyin_sandbox.engine.results import Report, Verdict
from tiyin_sandbox.engine.runner import run
from tiyin_sandbox.payme.caller import PaymeCaller
from tiyin_sandbox.payme.suites import PAYME

from tests.sandbox.wrong.gateway import KEY, SECRET, SERVICE_ID, WrongGateway, wrong_gateway
from tests.sandbox.wrong.shop import Shop
from tests.sandbox.wrong.store import RESERVATION

AMOUNT: Final = 500_00
"""Tiyin."""

ONE_TIME: Final[tuple[Check, ...]] = PAYME.chosen(strict=True)
BALANCE: Final = tuple(
    check for check in PAYME.chosen(strict=True, kind="accumulative") if check.kind == "accumulative"
)
CALLED: Final[tuple[Check, ...]] = CLICK.chosen(strict=True)


async def payme(fault: str | None) -> tuple[Report, Report]:
    """Of one-time orders and of balances."""
    async with wrong_gateway(fault) as gateway:
        return await _payme(gateway, ONE_TIME, one_time=True), await _payme(gateway, BALANCE, one_time=False)


async def _payme(gateway: WrongGateway, checks: tuple[Check, ...], *, one_time: bool) -> Report:
    shop = Shop(gateway.store, AMOUNT, one_time=one_time)
    async with ClientSession() as http:
        caller = PaymeCaller(http, str(gateway.url("/payme")), KEY, amount=AMOUNT, reservation=RESERVATION / 1000)
        return await run(checks, caller, shop, sleep=shop.sleep)


async def click(fault: str | None) -> tuple[Report]:
    async with wrong_gateway(fault) as gateway, ClientSession() as http:
        shop = Shop(gateway.store, AMOUNT)
        prepare, complete = str(gateway.url("/click/prepare")), str(gateway.url("/click/complete"))
        caller = ClickCaller(http, prepare, complete, SERVICE_ID, SECRET, amount="500")
        return (await run(CALLED, caller, shop, sleep=shop.sleep),)


def red(reports: tuple[Report, ...]) -> set[str]:
    """Ids of the checks that failed, without the suite's name."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    return {outcome.check.id.partition(".")[2] for outcome in outcomes if outcome.verdict is Verdict.FAILED}


def tried(reports: tuple[Report, ...]) -> set[str]:
    return {outcome.check.id.partition(".")[2] for report in reports for outcome in report.outcomes}


def skipped(reports: tuple[Report, ...]) -> set[str]:
    return {outcome.check.id for report in reports for outcome in report.outcomes if outcome.verdict is Verdict.SKIPPED}
