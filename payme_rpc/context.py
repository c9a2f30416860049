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
    cash_boxes: Mapping[str | None, CashBox]
    """By the shop in the path; None is the path without one."""
    failed_auth: FailedAuthLimiter
    statements: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STATEMENTS_AT_ONCE))


CONTEXT: Final = web.AppKey("payme_door", PaymeContext)
