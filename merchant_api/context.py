"""The context holds what each call of the API needs: core, tokens, links, the limiter of failed authentication."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from core import Core, Shown
from inbound.callers import FailedAuthLimiter
from inbound.payment_link import PaymentLink
from merchant_api.order_rate import OrderRate
from merchant_api.read_slots import ReadSlots
from merchant_api.tokens import Tokens

Links = Callable[[Shown], Mapping[str, PaymentLink]]
"""Where the payer goes, by provider. Pure."""


@dataclass(frozen=True, slots=True)
class MerchantContext:
    core: Core
    tokens: Tokens
    links: Links
    click_services: Mapping[str, Sequence[int]]
    """By whose orders they see, a shop's or those of its test mode: its services at Click."""
    failed_auth: FailedAuthLimiter
    reads: ReadSlots
    orders: OrderRate
    page_bytes: int
    """Of a page of orders."""


CONTEXT: Final = web.AppKey("merchant_api", MerchantContext)
