"""Runs checks against this very gateway: one run at a time, over HTTP, on orders that it opens itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from aiohttp import ClientSession, DummyCookieJar, web
from tiyin_sandbox.click.caller import ClickCaller
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.checks import Check, Suite
from tiyin_sandbox.engine.results import Report
from tiyin_sandbox.engine.runner import run
from tiyin_sandbox.payme.caller import PaymeCaller
from tiyin_sandbox.payme.suites import PAYME

from core import Core
from gateway.http.url import url_of
from gateway.sandbox_page.orders import CoreOrders
from gateway.sandbox_page.targets import ProviderName, Target
from gateway.throttle.byte_budget import ByteBudget
from schema.values import Tiyin

SUITES: Final[Mapping[ProviderName, Suite]] = {"payme": PAYME, "click": CLICK}
AMOUNT: Final = Tiyin(500_00)
"""500 so'm: what Click's desktop program pays (Click, "Testing"); Payme's cabinet takes any."""

RUN_MAX_SECONDS: Final = 120.0
"""A run takes a few seconds; one that hangs must not keep the page busy for ever."""


RUNS_BYTES_A_DAY: Final = 64 * 1024 * 1024
"""For what runs leave in the journal and the log: anybody who reaches the page may press its buttons all day long."""

CHECK_BYTES: Final = 8 * 1024
"""Of one check: 5 KiB were measured, on the average of a suite."""


class Busy(Exception):  # noqa: N818 - no error: shown to a person, who waits
    """Another run is under way."""


class TooManyRuns(Exception):  # noqa: N818 - likewise
    """The bytes of a day are used up."""


class Runs:
    """Runs checks, one run at a time in this process, and not all day long."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._busy = False
        self._budget = ByteBudget(RUNS_BYTES_A_DAY, begins_full=True)

    async def play(self, target: Target, provider: ProviderName, checks: Sequence[Check], address: str) -> Report:
        """Run the checks at `address`, which has no path. Raises Busy, TooManyRuns, and TimeoutError after
        RUN_MAX_SECONDS."""
        if self._busy:
            raise Busy
        if not self._budget.take(len(checks) * CHECK_BYTES):
            raise TooManyRuns
        self._busy = True
        try:
            async with asyncio.timeout(RUN_MAX_SECONDS), _caller(target, provider, address) as caller:
                return await self._each_kind(checks, caller, target.trials)
        finally:
            self._busy = False

    async def _each_kind(self, checks: Sequence[Check], caller: Caller, shop: str) -> Report:
        """Run most checks on one-time orders, those about balances on balances; the report keeps the menu's order."""
        reports = []
        for kind in ("one_time", "accumulative"):
            chosen = [check for check in checks if (check.kind or "one_time") == kind]
            if chosen:
                reports.append(await run(chosen, caller, CoreOrders(self._core, shop, AMOUNT, kind)))
        outcomes = {outcome.check.id: outcome for report in reports for outcome in report.outcomes}
        seconds = sum(report.seconds for report in reports)
        return replace(reports[0], seconds=seconds, outcomes=tuple(outcomes[check.id] for check in checks))


@asynccontextmanager
async def _caller(target: Target, provider: ProviderName, address: str) -> AsyncIterator[Caller]:
    url = f"{address}/payment/callback/{provider}/{target.shop}"
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        if provider == "payme":
            payme = target.payme
            yield PaymeCaller(
                session,
                url,
                payme.key,
                payme.login,
                amount=AMOUNT,
                field=payme.account_field,
                busy_code=payme.busy_order_code,
            )
        else:
            assert target.click is not None
            click = target.click
            yield ClickCaller(session, url, None, click.service_id, click.secret_key, amount=str(AMOUNT // 100))


def own_address(request: web.Request) -> str:
    """Where this process listens: the local end of the connection that the request came through."""
    assert request.transport is not None
    return url_of(*request.transport.get_extra_info("sockname")[:2])
