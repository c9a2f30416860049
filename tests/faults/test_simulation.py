"""Three hundred random histories against the real gateway, which is killed in the middle of them.

The same actors as around the bare core, over HTTP: what was under way together must be explained by some order of it,
with these answers and these rows. A failure prints its seed; TIYIN_SEED=… runs that history alone. Who comes first
among calls at the same moment is the machine's to say, so that it may take a few runs.
"""

import os

import pytest

from gateway.app import open_core
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.server_simulation import RestartedGateway, ServerSimulation, SimulatedDatabase
from tests.simulation.history import Step, history
from tests.simulation.shrinker import as_text

HISTORIES, TOGETHER, TOGETHER_MAX_CALLS = 300, 30, 5

ONLY_SEED = os.environ.get("TIYIN_SEED")
FIRST_SEEDS = range(0, HISTORIES, TOGETHER) if ONLY_SEED is None else [int(ONLY_SEED)]


@pytest.fixture
async def server(http, program, near_end, cable, shared_clock):
    server = RestartedGateway(http, program, near_end, cable, shared_clock)
    await server.start()
    yield server
    server.kill()
    await server.gateway.ended()


@pytest.fixture
async def sweeping(settings, database_url, shared_clock):
    async with open_core(settings, database_url, shared_clock, shared_clock.of_database) as core:
        yield core


async def run(server, sweeping, database_url, seed: int) -> int:
    """One history; returns how many calls were made."""
    database = await SimulatedDatabase.of(database_url, seed)
    playing, steps = ServerSimulation(server, sweeping, database, seed), list[Step]()
    try:
        telling = history(seed, TOGETHER_MAX_CALLS, crashes=0.04)
        step: Step | None = next(telling)
        while step is not None:
            steps.append(step)
            answers = await playing.play(step)
            try:
                step = telling.send(answers)
            except StopIteration:
                step = None
        await playing.end()
    except Exception as error:
        raise AssertionError(f"TIYIN_SEED={seed} fails: {error}\nafter these steps:\n{as_text(steps)}") from error
    finally:
        await database.connection.close()
    return playing.asked


@pytest.mark.parametrize("first", FIRST_SEEDS)
async def test_killed_and_restarted_the_gateway_does_what_the_model_says(server, sweeping, database_url, first):
    seeds = range(first, first + TOGETHER) if ONLY_SEED is None else [first]
    asked = [await run(server, sweeping, database_url, seed) for seed in seeds]
    await assert_invariants_hold(database_url, server.clock.now())  # an account begins with its history's seed
    if ONLY_SEED is None:
        assert sum(asked) > 10 * TOGETHER
        assert server.restarts > TOGETHER / 10
