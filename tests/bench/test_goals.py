"""The goals of a run: ratios are those of each round, and a gateway is held against what it was measured beside."""

from collections.abc import Mapping, Sequence

import pytest

from bench import compare, features, run
from bench.plan import Figures, Spread
from bench.senders import OUTBOUND

CALLS = 4


def figures(lives: float, server: float = 100, database: float = 50, p50: float = 10) -> Figures:
    """With so many µs for each of the four calls of a life."""
    cpu = {"server": server, "database": database}
    return Figures(1, 100, lives, 100 * CALLS, 100, cpu, times={"life": Spread(100, p50, p50, p50, p50)})


MEASURED = {
    "gateway, 1": [figures(100, p50=7)] * 3,
    "limit, 1": [figures(500)] * 3,
    "gateway, 16": [figures(lives) for lives in (400, 100, 500)],
    "limit, 16": [figures(lives) for lives in (800, 100, 1_250)],
    "gateway, 64": [figures(850)] * 3,
    "limit, 64": [figures(1_000)] * 3,
    "bare aiohttp, 16": [figures(4_000, server=20)] * 3,
}


def goals(more: Mapping[str, Sequence[Figures]] | None = None) -> dict[str, tuple[str, bool]]:
    return {goal.goal: (goal.measured, goal.reached) for goal in run.judged({**MEASURED, **(more or {})})}


def test_a_gateway_is_held_against_the_limit_and_a_bare_server():
    assert goals() == {
        "lives/s with 16 payers, of the limit": ("50.00 %", True),
        "lives/s with 64 payers, of the limit": ("85.00 %", True),
        "one payer alone, p50 of a life, of the limit's": ("3.50 ×", True),
        "server CPU per call with 16 payers, of bare aiohttp's": ("5.00 ×", False),
    }


@pytest.mark.parametrize(("server", "reached"), [(149, True), (148, False)])
def test_the_cpu_of_the_release_before_is_that_of_gateway_and_database(server, reached):
    before = {f"{run.BEFORE}, {payers}": [figures(1, server, 51)] * 3 for payers in run.MANY}
    goal = "CPU of gateway and database for a life with {} payers, of the release before"
    found = goals(before)
    assert (found[goal.format(16)][1], found[goal.format(64)]) == (reached, (f"{150 / (server + 51):.2f} ×", False))


def test_with_all_on_each_round_is_held_against_its_own_with_all_off():
    off = [figures(lives) for lives in (500, 100, 1_000)]
    lives = {"all off": (1, 1, 1), "all on, embedded": (0.76, 0.75, 0.1), "all on, a worker": (0, 0, 0)}
    lives["all on, a worker elsewhere"] = (0.95, 0.89, 0.1)
    measured = {
        name: [figures(kept * one.lives_per_second) for kept, one in zip(of, off, strict=True)]
        for name, of in lives.items()
    }
    assert [(goal.goal, goal.measured, goal.reached) for goal in features.judged(measured)] == [
        ("lives/s with all on, a worker elsewhere, of those with all off", "0.89 ×", False),
        ("lives/s with all on, embedded, of those with all off", "0.75 ×", True),
    ]


def test_what_is_not_built_yet_is_named():
    assert features.what_is_on() == "All on: webhooks. Not built yet: dashboard, ledger, reconciliation."


def test_every_subject_is_a_way_of_sending():
    assert features.SUBJECTS.keys() <= OUTBOUND.keys()


def test_two_gateways_are_compared_by_the_life():
    measured = {
        "this, 16": [figures(lives, 50, 25, 5) for lives in (90, 200, 330)],
        "other, 16": [figures(lives, 100, 20) for lives in (100, 100, 300)],
    }
    assert compare.compared(measured, 16) == {
        "lives/s": (200, 100, 1.1),
        "gateway CPU µs/life": (200, 400, 0.5),
        "database CPU µs/life": (100, 80, 1.25),
        "p50 of a life, ms": (5, 10, 0.5),
    }
