"""Says which shop a path means: the one that it names, or without a name `main`, or the only one."""

from collections.abc import Mapping
from typing import Final, TypeVar

T = TypeVar("T")

MAIN: Final = "main"


def shops_by_path(shops: Mapping[str, T]) -> Mapping[str | None, T]:
    """What each shop has agreed with a provider, by the name in the path; None is the path without a name."""
    by_path: dict[str | None, T] = dict(shops.items())
    nameless = next(iter(shops)) if len(shops) == 1 else MAIN
    if nameless in shops:
        by_path[None] = shops[nameless]
    return by_path
