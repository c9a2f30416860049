"""Says which shop a path means: the one that has or had that name, or without a name `main`, or the only one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

T = TypeVar("T")

MAIN: Final = "main"

NOT_RENAMED: Final[Mapping[str, str]] = MappingProxyType({})


def shops_by_path(shops: Mapping[str, T], former_names: Mapping[str, str] = NOT_RENAMED) -> Mapping[str | None, T]:
    """What each shop has agreed with a provider, by the name in the path; None is the path without a name.

    `former_names`: by a name that a shop had, the one that it has now. A provider may go on calling under it.
    """
    by_path: dict[str | None, T] = {former: shops[name] for former, name in former_names.items() if name in shops}
    by_path.update(shops)
    nameless = next(iter(shops)) if len(shops) == 1 else MAIN
    if nameless in by_path:
        by_path[None] = by_path[nameless]
    return by_path
