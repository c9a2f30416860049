"""Carries out a command: checks that it may and can, runs the suite, shows and writes the report, says how it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from aiohttp import ClientSession, TCPConnector
from rich.console import Console
from rich.text import Text

from tiyin_sandbox.cli import watch
from tiyin_sandbox.cli.options import Outputs
from tiyin_sandbox.cli.order_sources import Source
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.checks import Check, Suite, orders_needed
from tiyin_sandbox.engine.host_safety import CannotRun, allowed
from tiyin_sandbox.engine.orders import Order
from tiyin_sandbox.engine.results import Report
from tiyin_sandbox.engine.runner import run
from tiyin_sandbox.report import files, terminal
from tiyin_sandbox.report.safe_text import clean

PASSED: Final = 0
FAILED: Final = 1
COULD_NOT_RUN: Final = 2

C = TypeVar("C", bound=Caller)


@dataclass(frozen=True, slots=True)
class Errand(Generic[C]):
    """What a command was asked to do."""

    suite: Suite
    checks: Sequence[Check]
    caller: Callable[[ClientSession], C]
    source: Source
    probe: Callable[[C, Sequence[Order]], Awaitable[None]]
    """Raises CannotRun if the suite would tell nothing; is given the orders that are known."""
    urls: Sequence[str]
    """All that will be called."""
    hosts: Sequence[str]
    """Named aloud: may be called though they aren't this machine."""
    outputs: Outputs


def conduct(errand: Errand[C]) -> int:
    """The exit status: 0 all passed, 1 something failed, 2 it could not be run."""
    console, turn = Console(highlight=False, soft_wrap=False), 0
    while True:
        status = _once(errand, console, turn)
        if not errand.outputs.watch or not watch.again(console):
            return status
        turn += 1


def _once(errand: Errand[C], console: Console, turn: int) -> int:
    try:
        for url in errand.urls:
            allowed(url, errand.hosts)
        report = asyncio.run(_run(errand, console, turn))
        _write(report, errand)
    except CannotRun as trouble:
        Console(stderr=True, highlight=False).print(Text(clean(str(trouble), longest=2_000)), soft_wrap=True)
        return COULD_NOT_RUN
    terminal.show(report, errand.suite, console, errand.outputs.language)
    if report.passed and not report.whole:
        return COULD_NOT_RUN
    return PASSED if report.passed else FAILED


async def _run(errand: Errand[C], console: Console, turn: int) -> Report:
    checks, source = errand.checks, errand.source
    if not checks:
        raise CannotRun("Nothing of what was asked for makes sense for such orders.")
    able = [check for check in checks if not check.deeds or source.api_token]
    needed = orders_needed(able, source.kind)
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        caller = errand.caller(session)
        await errand.probe(caller, ())
        tried = f"{len(checks)} check{'s' if len(checks) > 1 else ''}"
        console.print(Text(f"{tried}, {_needs(needed, source)}: {caller.target}"), soft_wrap=True)
        orders, known = await source.gather(session, needed, turn)
        await errand.probe(caller, known)
        with console.status("") as status:
            return await run(checks, caller, orders, lambda outcome: status.update(clean(outcome.check.id)))


def _needs(needed: int, source: Source) -> str:
    return f"fresh orders needed: {needed} ({source.told})" if needed else "no orders needed"


def _write(report: Report, errand: Errand[C]) -> None:
    outputs = errand.outputs
    language = outputs.language
    try:
        if outputs.json:
            files.write_json(report, outputs.json)
        if outputs.junit:
            files.write_junit(report, outputs.junit, language)
        if outputs.html:
            from tiyin_sandbox.report import page  # its library is needed for nothing else

            page.write_page(report, errand.suite, outputs.html, language)
    except OSError as trouble:
        raise CannotRun(f"The report cannot be written to {trouble.filename}: {trouble.strerror}.") from None
