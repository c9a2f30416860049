"""What every call to Payme's door needs: the core, and whose cash box is called."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from core import Core
from inbound.callers import FailedAuthLimiter
from payme_rpc.cash_box import CashBox

STATEMENTS_AT_ONCE: Final = 2
"""Each holds a database connection for as long as its reader reads."""


@dataclass(frozen=True, slots=True)
class PaymeContext:
    core: Core
    cash_boxes: Mapping[str, CashBox]
    failed_auth: FailedAuthLimiter
    statements: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STATEMENTS_AT_ONCE))

    def cash_box(self, shop: str | None) -> CashBox | None:
        """By the shop in the path; the path without one is shop `main`'s, or the only shop's."""
        if shop is not None:
            return self.cash_boxes.get(shop)
        if len(self.cash_boxes) == 1:
            return next(iter(self.cash_boxes.values()))
        return self.cash_boxes.get("main")


CONTEXT: Final = web.AppKey("payme_door", PaymeContext)
