"""Explains calls that were under way together: finds an order in which, one after another, they lead to the result."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.simulation.calls import Call, Outcome
from tests.simulation.http_interfaces import fits
from tests.simulation.model import Model

CallAndAnswer = tuple[Call, Any]
"""With its answer; None: unknown whether it was done."""
Step = tuple[Call, Outcome, Any]
Explained = tuple[Model, list[Step]]

TRIES_MAX = 20_000


def explain(
    model: Model,
    calls: Sequence[CallAndAnswer],
    now: datetime,
    ids: Mapping[tuple[str, str], int],
    agrees: Callable[[Model], bool],
) -> Explained | None:
    """The model as it must be then, and each call's outcome. None: no order explains these answers and these rows.

    All that were answered took place, of the others some; `agrees`: whether the rows are the model's.
    """
    tries = iter(range(TRIES_MAX))

    def search(
        before: Model, left: list[CallAndAnswer], explained: list[tuple[Call, Outcome, Any]]
    ) -> Explained | None:
        if all(answer is None for _, answer in left) and agrees(before):
            return before, explained
        tried: list[CallAndAnswer] = []
        for n, (call, answer) in enumerate(left):
            if (call, answer) in tried or next(tries, None) is None:
                continue
            tried.append((call, answer))
            after = before.copy()
            outcome = after.answer(call, now)
            if answer is not None and not fits(call, outcome, answer, ids):
                continue
            explanation = search(after, [*left[:n], *left[n + 1 :]], [*explained, (call, outcome, answer)])
            if explanation is not None:
                return explanation
        return None

    return search(model, list(calls), [])
