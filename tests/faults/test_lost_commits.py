"""Hundreds of COMMITs whose answer is lost, under load: the final answers are what the database holds."""

import asyncio
import os
import random

import pytest

from tests.faults.conftest import SEED
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import traffic
from tests.gateway.conftest import read_metrics
from tests.wire import Cut

CUTS = int(os.environ.get("TIYIN_CUTS", "300"))
PAYERS = 16
SILENT_EVERY = 30
"""Each costs the seconds after which the gateway aborts a transaction that says nothing."""
MOST_PASSES = 3
"""COMMITs that pass between two that are cut."""

LOST = ("commit_unknown", "connection", "timeout")
"""How the gateway counts them: the last two where it was the COMMIT with which it looks up one that was lost."""


def plan(seed: int, count: int) -> list[Cut | None]:
    """Half of the cuts before and half after the COMMIT; one in `SILENT_EVERY` silent."""
    chosen = random.Random(seed)
    quick, silent = (Cut.BEFORE, Cut.AFTER), (Cut.SILENT_BEFORE, Cut.SILENT_AFTER)
    planned: list[Cut | None] = []
    for n in range(count):
        planned += [None] * chosen.randint(0, MOST_PASSES)
        kind = silent if n % SILENT_EVERY == SILENT_EVERY - 1 else quick
        planned.append(kind[(n + n // SILENT_EVERY) % 2])
    return planned


@pytest.mark.parametrize("batch", ["1", "64"], ids=["batches of one", "batches of many"])
async def test_final_answers_are_what_the_database_holds(
    program, near_end, cable, http, parties, history, database_url, batch
):
    seed = SEED + int(batch)
    async with program.serving(http, near_end, TIYIN_TEST_BATCH=batch) as gateway:
        cable.cuts = plan(seed, CUTS // 2)
        async with traffic(parties(gateway.url), PAYERS, seed):
            while cable.cuts:
                await asyncio.sleep(0.05)
        counted = await read_metrics(http, f"{gateway.url}/metrics")
    lost = {kind: counted.get(("tiyin_database_errors_total", kind), 0) for kind in LOST}
    assert sum(lost.values()) >= CUTS // 2
    assert lost["commit_unknown"] >= CUTS // 4
    assert not [line for line in gateway.lines() if line.get("level") == "error"]
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)
