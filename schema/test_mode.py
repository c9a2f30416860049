"""Test mode keeps a shop's trial payments apart, under a name of their own: that of the shop's twin.

Where the tables say `shop`, orders and payments of test mode have the twin. Nothing of one is ever seen by the other,
so the same account may exist in both. What is shown to people names the shop, and says `test`.
"""

from functools import lru_cache
from typing import Final

TWIN: Final = "~test"
"""A shop's own name cannot hold a tilde."""


def twin_of(shop: str) -> str:
    """Return the name under which the shop's test mode stands in the tables."""
    return shop + TWIN


def other_mode(shop: str) -> str:
    """Return the name of the shop's test mode for that of the shop, and the other way round."""
    return shop.removesuffix(TWIN) if is_twin(shop) else twin_of(shop)


@lru_cache(maxsize=1_000)
def is_twin(shop: str) -> bool:
    """Return whether a test mode stands under this name."""
    return shop.endswith(TWIN)


@lru_cache(maxsize=1_000)
def split(shop: str) -> tuple[str, bool]:
    """Return the shop's own name, and whether it is its test mode that stands under this one."""
    return shop.removesuffix(TWIN), is_twin(shop)
