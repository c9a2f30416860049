"""Details describe an order to people and to the tax office, and say how its payer is received at the checkout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schema.values import CardType, Lang


@dataclass(frozen=True, slots=True)
class Details:
    """No decision depends on them."""

    description: str | None = None
    items: tuple[Mapping[str, Any], ...] | None = None
    shipping: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    return_url: str | None = None
    """Where the payer goes after the checkout; known, with the two below, only where the shop is answered."""
    lang: Lang | None = None
    card_type: CardType | None = None


AMENDABLE_DETAILS: Final = ("description", "items", "shipping", "return_url", "lang", "card_type")
"""Those that can be amended, with the terms of the order."""
