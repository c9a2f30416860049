"""Executes a command: checks hosts and orders, runs the suite, writes the reports, gives the exit status."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from aiohttp import ClientSession, TCPConnector
from rich.console import Console
from rich.text import Text

from tiyin_sandbox.cli import watch
from tiyin_sandbox.cli.options import Outputs
from tiyin_sandbox.cli.order_sources import OrderSource
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.checks import Check, Suite, orders_needed
from tiyin_sandbox.engine.host_safety import CannotRun, check_host
from tiyin_sandbox.engine.orders import Order
from tiyin_sandbox.engine.results import Report
from tiyin_sandbox.engine.runner import run, why_skipped
from tiyin_sandbox.report import files, terminal
from tiyin_sandbox.report.safe_text import safe_text

PASSED: Final = 0
FAILED: Final = 1
COULD_NOT_RUN: Final = 2

LIVE: Final = Text(
    "The API token is a live one: these checks pay and cancel orders of the shop's own, in its books and statements."
    " The token of tiyin's test mode (API_TEST_TOKEN) opens orders apart, for the test keys.",
    style="yellow",
)

C = TypeVar("C", bound=Caller)


@dataclass(frozen=True, slots=True)
class SuiteRun(Generic[C]):
    """One run of a suite, as a command line describes it."""

    suite: Suite
    checks: Sequence[Check]
    caller: Callable[[ClientSession], C]
    source: OrderSource
    probe: Callable[[C, Sequence[Order]], Awaitable[None]]
    """Raises CannotRun if the suite would show nothing; gets the orders that are known."""
    urls: Sequence[str]
    """All addresses that will be called."""
    hosts: Sequence[str]
    """The hosts of --yes-this-host, which may be called though they aren't this machine."""
    outputs: Outputs


def execute(suite_run: SuiteRun[C]) -> int:
    """Return the exit status: 0 all passed, 1 something failed, 2 it could not be run."""
    console, repetition = Console(highlight=False, soft_wrap=False), 0
    while True:
        status = _run_once(suite_run, console, repetition)
        if not suite_run.outputs.watch or not watch.wants_another_run(console):
            return status
        repetition += 1


def _run_once(suite_run: SuiteRun[C], console: Console, repetition: int) -> int:
    try:
        for url in suite_run.urls:
            check_host(url, suite_run.hosts)
        report = asyncio.run(_run(suite_run, console, repetition))
        _write(report, suite_run)
    except CannotRun as error:
        Console(stderr=True, highlight=False).print(Text(safe_text(str(error), max_characters=2_000)), soft_wrap=True)
        return COULD_NOT_RUN
    terminal.show(report, suite_run.suite, console, suite_run.outputs.language)
    if report.passed and not report.whole:
        return COULD_NOT_RUN
    return PASSED if report.passed else FAILED


async def _run(suite_run: SuiteRun[C], console: Console, repetition: int) -> Report:
    checks, source = suite_run.checks, suite_run.source
    if not checks:
        raise CannotRun("Nothing of what was asked for makes sense for such orders.")
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        caller = suite_run.caller(session)
        runnable = [check for check in checks if why_skipped(check, caller, lambda _: bool(source.api_token)) is None]
        needed = orders_needed(runnable, source.kind)
        await suite_run.probe(caller, ())
        tried = f"{len(checks)} check{'s' if len(checks) > 1 else ''}"
        console.print(Text(f"{tried}, {_orders_sentence(needed, source)}: {caller.target}"), soft_wrap=True)
        orders, known = await source.collect(session, needed, repetition, lambda: console.print(LIVE, soft_wrap=True))
        await suite_run.probe(caller, known)
        with console.status("") as status:
            return await run(checks, caller, orders, lambda outcome: status.update(safe_text(outcome.check.id)))


def _orders_sentence(needed: int, source: OrderSource) -> str:
    return f"fresh orders needed: {needed} ({source.requirements})" if needed else "no orders needed"


def _write(report: Report, suite_run: SuiteRun[C]) -> None:
    outputs = suite_run.outputs
    language = outputs.language
    try:
        if outputs.json:
            files.write_json(report, outputs.json)
        if outputs.junit:
            files.write_junit(report, outputs.junit, language)
        if outputs.html:
            from tiyin_sandbox.report import page  # its library is needed for nothing else

            page.write_page(report, suite_run.suite, outputs.html, language)
    except OSError as error:
        raise CannotRun(f"The report cannot be written to {error.filename}: {error.strerror}.") from None
