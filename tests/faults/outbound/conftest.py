"""What is sent to shops, with a receiver and workers as processes of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import aiohttp
import pytest

from tests.actors.receiver import Receiver, receiving
from tests.faults.harness.deliveries import WORKER, Deliveries, deliveries_in
from tests.faults.harness.gateway import Gateway, Program


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def deliveries(database_url: str, receiver: Receiver) -> AsyncIterator[Deliveries]:
    """Of a database of the test's own."""
    async with deliveries_in(database_url, receiver) as deliveries:
        yield deliveries


@pytest.fixture
def starts_worker(program: Program) -> Callable[..., Gateway]:
    """Start `tiyin worker` at this address of the database."""
    return partial(program.start, command="worker", **WORKER)


@pytest.fixture
def working(program: Program, http: aiohttp.ClientSession) -> Callable[..., AbstractAsyncContextManager[Gateway]]:
    """The same as a context, from when it answers; killed at the end if it still runs."""
    return partial(program.serving, http, command="worker", **WORKER)
