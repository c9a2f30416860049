"""Ten thousand random histories of Payme, Click, a shop and a bad network: the core does what the model says, always.

A failure prints its seed and the history, made as short as it still fails. TIYIN_SEED=… runs that one alone;
TIYIN_HISTORIES=… runs so many: more of them every night, fewer for each mutant of `make mutation`.
"""

import os
from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from core.domain.refusals import Refusal
from schema.later_words import LATER_WORDS
from schema.values import OrderVerb, Verb
from tests.core.domain.in_memory_core import InMemoryCore
from tests.simulation.history import Outcomes, Step, history
from tests.simulation.shrinker import as_text, shrink

HISTORIES = int(os.environ.get("TIYIN_HISTORIES", 10_000))
TOGETHER = min(HISTORIES, 1_000)
SHRINKS = HISTORIES >= 1_000
"""It takes longer than a few histories."""
LEAST_OF_EACH_VERB = 20
"""In a thousand histories."""
OPERATIONS = 10 * HISTORIES
"""At least, in all of them together."""

pytestmark = pytest.mark.timeout(600)  # a busy machine takes its time

ONLY_SEED = os.environ.get("TIYIN_SEED")
FIRST_SEEDS = range(0, HISTORIES, TOGETHER) if ONLY_SEED is None else [int(ONLY_SEED)]


OF_LATER_WORDS = {
    *(Refusal.ORDER_ELSEWHERE, Refusal.PAYMENT_NOT_PAID, Refusal.PAYMENT_MOVED, Refusal.PARTLY_REFUNDED),
}
EVERY_WORD = {"ok", "repeat", "replayed", *map(str, Refusal)} - {Refusal.PAYMENT_PENDING} - OF_LATER_WORDS
"""A simulation that never meets a refusal proves nothing about it. Nobody asks to revive what is pending."""


def run(seed: int) -> InMemoryCore:
    """One history, from its seed."""
    core, steps = InMemoryCore(), list[Step]()
    try:
        outcomes: Outcomes = ()
        playing = history(seed)
        step: Step | None = next(playing)
        while step is not None:
            steps.append(step)
            outcomes = core.play(step)
            step = _next(playing, outcomes)
        core.end()
    except Exception as error:
        short = shrink(steps, partial(_fails, how=type(error))) if SHRINKS else steps
        reason = f"TIYIN_SEED={seed} fails: {error}\nin a history of {len(steps)} steps, of which these are enough:"
        raise AssertionError(f"{reason}\n{as_text(short)}") from error
    return core


def _next(playing, outcomes: Outcomes) -> Step | None:
    try:
        return playing.send(outcomes)
    except StopIteration:
        return None


def _fails(steps: Sequence[Step], how: type[Exception]) -> bool:
    core = InMemoryCore()
    try:
        for step in steps:
            core.play(step)
        core.end()
    except how:
        return True
    except Exception:
        return False
    return False


@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_whatever_happens_the_core_does_what_the_model_says(first):
    seeds = range(first, first + TOGETHER) if ONLY_SEED is None else [first]
    cores = [run(seed) for seed in seeds]
    if ONLY_SEED is None:
        assert sum(core.sent for core in cores) >= OPERATIONS * TOGETHER / HISTORIES
        assert set().union(*(core.words for core in cores)) == EVERY_WORD
        verbs = Counter(transition.verb for core in cores for transition in core.store.transitions)
        assert (
            min(verbs[verb] for verb in {*Verb, OrderVerb.AMEND, OrderVerb.REOPEN} - set(LATER_WORDS))
            >= LEAST_OF_EACH_VERB * TOGETHER / 1_000
        )
