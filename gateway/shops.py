"""Shops are translated here from the settings into the terms of each interface.

What comes from a path is looked up by the shop's name, what comes from the tables by its stored name.
"""

from collections.abc import Iterator

from click_http.service import Service
from gateway.config.settings import Settings
from gateway.config.shop_settings import ClickSettings, PaymeSettings, Shop
from gateway.extras import SANDBOX_MISSING, has_sandbox
from inbound.allow_list import AllowList
from payme_rpc.cash_box import CashBox
from schema.test_mode import twin_of


def cash_boxes(settings: Settings) -> dict[str, CashBox]:
    """Make the cash box of each shop that takes money through Payme."""
    return {name: _cash_box(shop.stored_name(name), shop.payme) for name, shop in settings.shops.items() if shop.payme}


def click_services(settings: Settings) -> dict[str, tuple[Service, ...]]:
    """Make the services of each shop that takes money through Click, the one that takes money first."""
    return {
        name: tuple(
            _service(shop.stored_name(name), click) for click in sorted(shop.click, key=lambda click: click.test)
        )
        for name, shop in settings.shops.items()
        if shop.click
    }


def click_service_ids(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Give each shop's and each test mode's own services at Click, of all there are. By their stored names."""
    services = [service for of_shop in click_services(settings).values() for service in of_shop]
    return {
        shop: tuple(service.service_id for service in services if service.shop == shop)
        for name in settings.stored_names.values()
        for shop in (name, twin_of(name))
    }


def api_tokens(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Give the bearer tokens by whose orders they open: those of a shop that is served the merchant API, or of its
    test mode. By their stored names."""
    tokens = {
        stored: given
        for name, shop in settings.shops.items()
        for stored, given in (
            (shop.stored_name(name), shop.api_tokens),
            (twin_of(shop.stored_name(name)), shop.test_api_tokens),
        )
    }
    return {name: tuple(token.get_secret_value() for token in given) for name, given in tokens.items() if given}


def warnings(settings: Settings) -> list[str]:
    """Name what is allowed, but probably not meant."""
    sentences = []
    for name, shop in settings.shops.items():
        sentences += [f"Shop {name}: {sentence}" for sentence in _shop_warnings(shop)]
    if any(shop.payme and shop.payme.sandbox for shop in settings.shops.values()) and not has_sandbox():
        sentences.append(f"PAYME_SANDBOX=1, but there is no page at /sandbox: {SANDBOX_MISSING}.")
    return sentences


def _shop_warnings(shop: Shop) -> Iterator[str]:
    if not (shop.api_tokens or shop.test_api_tokens):
        yield "API_TOKEN (or API_TEST_TOKEN) is required to serve the merchant API; it is not served."
    if not (shop.payme or shop.click):
        yield "neither Payme nor Click is configured; its orders cannot be paid."
    if shop.api_tokens and shop.click and not shop.payme and all(click.test for click in shop.click):
        yield "its only service at Click is a test service (CLICK_TEST=1): orders of API_TOKEN cannot be paid."
    if any(click.merchant_id is None for click in shop.click):
        yield "CLICK_MERCHANT_ID is required for links to Click; there are none."
    if shop.payme and shop.return_url and ";" in shop.return_url:
        yield "RETURN_URL has a ;, which no link to Payme can carry: payers are sent there by a form only."
    test_key, sandbox = (shop.payme.test_key, shop.payme.sandbox) if shop.payme else (None, False)
    if test_key and not sandbox:
        yield "PAYME_TEST_KEY is not taken without PAYME_SANDBOX=1."
    if sandbox and not test_key:
        yield "PAYME_SANDBOX=1 lets nobody in without PAYME_TEST_KEY."
    pays_in_test_mode = (test_key and sandbox) or any(click.test for click in shop.click)
    if shop.test_api_tokens and not pays_in_test_mode:
        yield "test orders cannot be paid: set PAYME_TEST_KEY and PAYME_SANDBOX=1, or make a Click service a test one."
    if pays_in_test_mode and not shop.test_api_tokens:
        yield "API_TEST_TOKEN is required to open test orders; Payme's test key and a Click test service see no others."


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
        shop=twin_of(shop) if click.test else shop,
        service_id=click.service_id,
        merchant_id=click.merchant_id,
        secret_key=click.secret_key.get_secret_value(),
        previous_key=click.secret_key_previous.get_secret_value() if click.secret_key_previous else None,
        merchant_user_id=click.merchant_user_id,
        playground=click.playground,
        allow_list=AllowList(click.allowed_networks, click.allow_list),
    )
