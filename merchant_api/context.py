"""The context holds what each call of the API needs: core, tokens, links, the limiter of failed authentication."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from core import Core, Order
from inbound.callers import FailedAuthLimiter
from merchant_api.tokens import Tokens

Links = Callable[[Order], Mapping[str, str]]
"""Where the payer goes, by provider."""


@dataclass(frozen=True, slots=True)
class MerchantContext:
    core: Core
    tokens: Tokens
    links: Links
    click_services: Mapping[str, Sequence[int]]
    """By whose orders they see, a shop's or those of its test mode: its services at Click."""
    failed_auth: FailedAuthLimiter


CONTEXT: Final = web.AppKey("merchant_api", MerchantContext)
