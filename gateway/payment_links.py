"""Payment links are put together here: which providers an order's payer can be sent to, and where he then returns."""

from collections.abc import Callable
from functools import partial

from click_http.checkout import payment_link as click_link
from core import Order, Refusal, Shown
from gateway.config.settings import Settings
from gateway.shops import cash_boxes, click_services
from inbound.payment_link import PaymentLink
from merchant_api.errors import PROBLEMS
from payme_rpc.checkout import payment_link as payme_link
from schema.test_mode import split
from schema.values import OrderState

LinkOf = Callable[[Order, str | None], PaymentLink]


def payment_links(settings: Settings) -> Callable[[Shown], dict[str, PaymentLink]]:
    """Make the function that gives an order's links, by provider: of each that takes money in the order's mode.

    Pure: it knows no more of the moment than the core's answer says.
    """
    boxes = {box.shop: box for box in cash_boxes(settings).values()}
    services = {service.shop: service for of_shop in click_services(settings).values() for service in of_shop}
    return_urls = {shop.stored_name(name): shop.return_url for name, shop in settings.shops.items()}

    def links_of(shown: Shown) -> dict[str, PaymentLink]:
        shop, test = split(shown.order.shop)
        providers: dict[str, LinkOf] = {}
        if (box := boxes.get(shop)) is not None and (not test or box.has_test_mode):
            providers["payme"] = partial(payme_link, box)
        if (service := services.get(shown.order.shop)) is not None:
            providers["click"] = partial(click_link, service)
        if shown.unpayable is not None:
            return dict.fromkeys(providers, PaymentLink(problem=_why_none(shown.unpayable, shown.order)))
        own_url = shown.order.details and shown.order.details.return_url
        return_url = own_url or (return_urls[shop] if providers else None)
        return {provider: link_of(shown.order, return_url) for provider, link_of in providers.items()}

    return links_of


def _why_none(refusal: Refusal, order: Order) -> str:
    if order.state is OrderState.RESERVED:
        cure = "" if order.strict_expiry else " The payment that holds it may still pay it."
    else:
        cure = "" if refusal in (Refusal.ORDER_PAID, Refusal.ORDER_ELSEWHERE) else " Reopen it to have it paid."
    return f"{PROBLEMS[refusal].title}: no link opens a payment any more.{cure}"
