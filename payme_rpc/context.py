"""The context holds what each call of Payme's needs: the core, the cash boxes, the limiter of failed authentication."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from core import Core
from inbound.callers import FailedAuthLimiter
from payme_rpc.cash_box import CashBox

STATEMENTS_MAX_CONCURRENT: Final = 2
"""Each holds a database connection for as long as its reader reads."""


@dataclass(frozen=True, slots=True)
class PaymeContext:
    core: Core
    cash_boxes: Mapping[str | None, CashBox]
    """By the shop in the path; None is the path without one."""
    failed_auth: FailedAuthLimiter
    statement_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STATEMENTS_MAX_CONCURRENT))


CONTEXT: Final = web.AppKey("payme", PaymeContext)
