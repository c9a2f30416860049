"""Calls that were under way together, explained: an order in which one after the other they make what came of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.simulation.calls import Call, Told
from tests.simulation.http_interfaces import fits
from tests.simulation.model import Model

Asked = tuple[Call, Any]
"""With its answer; None: nobody knows whether it was done."""
Explained = tuple[Model, list[tuple[Call, Told, Any]]]

MOST_TRIES = 20_000


def explain(
    model: Model,
    asked: Sequence[Asked],
    now: datetime,
    ids: Mapping[tuple[str, str], int],
    agrees: Callable[[Model], bool],
) -> Explained | None:
    """The books as they must be then, and what each was told. None: nothing explains these answers and these books.

    All that were answered took place, of the others some; `agrees`: whether the books are these.
    """
    tries = iter(range(MOST_TRIES))

    def search(before: Model, left: list[Asked], told: list[tuple[Call, Told, Any]]) -> Explained | None:
        if all(answer is None for _, answer in left) and agrees(before):
            return before, told
        tried: list[Asked] = []
        for n, (call, answer) in enumerate(left):
            if (call, answer) in tried or next(tries, None) is None:
                continue
            tried.append((call, answer))
            after = before.copy()
            word = after.asked(call, now)
            if answer is not None and not fits(call, word, answer, ids):
                continue
            found = search(after, [*left[:n], *left[n + 1 :]], [*told, (call, word, answer)])
            if found is not None:
                return found
        return None

    return search(model, list(asked), [])
