"""One gateway for all that is hostile: a program, on a database of its own, with orders and payments in every state."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database import migrations
from gateway.database.embedded import embedded_database
from gateway.server.process import new_loop
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.process import running
from tests.faults.hostile.world import Callers
from tests.open_folder import open_folder


@pytest.fixture(scope="session")
def attack() -> Iterator[Attack]:
    """Shared by all: what one test leaves behind must not harm the next, nor the gateway."""
    with (
        open_folder("tiyin-hostile-") as home,
        TemporaryDirectory(prefix="tiyin-hostile-") as folder,
        embedded_database(home) as url,
    ):
        migrations.upgrade(url)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            stack = AsyncExitStack()
            try:
                yield runner.run(_begin(stack, runner, url, Path(folder)))
            finally:
                runner.run(stack.aclose())


async def _begin(stack: AsyncExitStack, runner: asyncio.Runner, url: str, folder: Path) -> Attack:
    gateway = await stack.enter_async_context(running(url, folder))
    database = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=2)
    stack.push_async_callback(database.dispose)
    http = await stack.enter_async_context(aiohttp.ClientSession())
    callers = Callers(http, f"http://127.0.0.1:{gateway.port}", database)
    attack = Attack(runner, gateway, database, callers, await callers.make_world())
    await attack.warm_up()
    return attack
