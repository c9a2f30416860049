"""Shops are translated here from the settings into the terms of each interface."""

from collections.abc import Callable, Mapping

from click_http.checkout import checkout_link as click_link
from click_http.service import Service
from core import Order
from gateway.config.settings import Settings
from gateway.config.shop_settings import ClickSettings, PaymeSettings
from gateway.extras import SANDBOX_MISSING, has_sandbox
from inbound.allow_list import AllowList
from payme_rpc.cash_box import CashBox
from payme_rpc.checkout import checkout_link as payme_link


def cash_boxes(settings: Settings) -> dict[str, CashBox]:
    """Make the cash box of each shop that takes money through Payme."""
    return {name: _cash_box(name, shop.payme) for name, shop in settings.shops.items() if shop.payme}


def click_services(settings: Settings) -> dict[str, Service]:
    """Make the service of each shop that takes money through Click."""
    return {name: _service(name, shop.click) for name, shop in settings.shops.items() if shop.click}


def api_tokens(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Give the bearer tokens of each shop that is served the merchant API."""
    return {
        name: tuple(token.get_secret_value() for token in shop.api_tokens)
        for name, shop in settings.shops.items()
        if shop.api_tokens
    }


def links(settings: Settings) -> Callable[[Order], dict[str, str]]:
    """Make the function that gives an order's payment links, by provider."""
    boxes, services = cash_boxes(settings), click_services(settings)
    return lambda order: _links(order, boxes, services)


def warnings(settings: Settings) -> list[str]:
    """Name what is allowed, but probably not meant."""
    sentences = []
    for name, shop in settings.shops.items():
        if not shop.api_tokens:
            sentences.append(f"Shop {name}: API_TOKEN is required to serve the merchant API; it is not served.")
        if not (shop.payme or shop.click):
            sentences.append(f"Shop {name}: neither Payme nor Click is configured; its orders cannot be paid.")
        if shop.click and shop.click.merchant_id is None:
            sentences.append(f"Shop {name}: CLICK_MERCHANT_ID is required for links to Click; there are none.")
        if shop.payme and shop.payme.test_key and not shop.payme.sandbox:
            sentences.append(f"Shop {name}: PAYME_TEST_KEY is not taken without PAYME_SANDBOX=1.")
    if any(shop.payme and shop.payme.sandbox for shop in settings.shops.values()) and not has_sandbox():
        sentences.append(f"PAYME_SANDBOX=1, but there is no page at /sandbox: {SANDBOX_MISSING}.")
    return sentences


def _links(order: Order, boxes: Mapping[str, CashBox], services: Mapping[str, Service]) -> dict[str, str]:
    by_provider: dict[str, str | None] = {}
    if box := boxes.get(order.shop):
        by_provider["payme"] = payme_link(box.merchant_id, box.account_field, order.account, order.amount, box.sandbox)
    if click := services.get(order.shop):
        by_provider["click"] = click_link(
            click.service_id, click.merchant_id, order.account, order.amount, click.merchant_user_id
        )
    return {provider: link for provider, link in by_provider.items() if link is not None}


def _cash_box(shop: str, payme: PaymeSettings) -> CashBox:
    return CashBox(
        shop=shop,
        merchant_id=payme.merchant_id,
        login=payme.login,
        keys=tuple(key.get_secret_value() for key in payme.keys),
        test_key=payme.test_key.get_secret_value() if payme.test_key else None,
        account_field=payme.account_field,
        busy_order_code=payme.busy_order_code,
        allow_list=AllowList(payme.allowed_networks, payme.allow_list),
        sandbox=payme.sandbox,
    )


def _service(shop: str, click: ClickSettings) -> Service:
    return Service(
        shop=shop,
        service_id=click.service_id,
        merchant_id=click.merchant_id,
        secret_key=click.secret_key.get_secret_value(),
        previous_key=click.secret_key_previous.get_secret_value() if click.secret_key_previous else None,
        merchant_user_id=click.merchant_user_id,
        playground=click.playground,
        allow_list=AllowList(click.allowed_networks, click.allow_list),
    )
