"""The operator's commands reach the core here: it is opened for one question, and closed after the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from gateway.cli.common import database
from gateway.config.settings import Settings

if TYPE_CHECKING:
    from core import Core

T = TypeVar("T")


def with_core(settings: Settings, ask: Callable[["Core"], Awaitable[T]]) -> T:
    from gateway.app import open_core

    async def act(url: str) -> T:
        async with open_core(settings, url) as core:
            return await ask(core)

    with database(settings) as url:
        return asyncio.run(act(url))
