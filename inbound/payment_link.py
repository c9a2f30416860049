"""A payment link leads the payer to a provider's page. Where no link can carry the order, a form may."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostForm:
    """Is sent by the payer's browser with POST."""

    action: str
    fields: Mapping[str, str]
    """Values by name, as they are: to be escaped in a page."""


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """Has its URL, or a sentence that says why there is none."""

    url: str | None = None
    problem: str | None = None
    form: PostForm | None = None
    """Does what the URL could not."""
