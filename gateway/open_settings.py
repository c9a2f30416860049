"""Open settings let in more than the gateway needs: each is a sentence that says what to do about it."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from gateway.config.settings import Settings
from gateway.config.shop_settings import ClickSettings, PaymeSettings, Shop
from gateway.extras import has_sandbox
from inbound.allow_list import AllowListMode, Network

REACHABLE: Final = (
    "Other machines reach the port ({host}), which speaks plain HTTP, and /metrics, /health and /api/openapi.json"
    " without a token: set HOST=127.0.0.1, or let nothing but your proxy through to it."
)
WIDE_PROXIES: Final = (
    "X-Forwarded-For is believed from all of {network}: name the proxies' own addresses in TRUSTED_PROXIES."
)
WITHOUT_TLS: Final = (
    "The database is on another machine, and may be talked to without TLS: add sslmode=require to DATABASE_URL, or"
    " verify-full."
)
ANYWAY: Final = "It starts whatever payments nothing serves (--anyway): leave that out once they are over."
SANDBOX: Final = (
    "Payme's test key is taken{page} (PAYME_SANDBOX=1): set it to 0 once Payme's test cabinet has paid your orders."
)
SANDBOX_PAGE: Final = ", and everybody who reaches the port may have the page /sandbox pay test orders"
PLAYGROUND: Final = "Click's test page may call from a browser (CLICK_PLAYGROUND=1): set it to 0 once it was tried."
ALLOW_LIST: Final = {
    AllowListMode.OFF: (
        "{provider} may call from any address ({name}_ALLOW_LIST=off): set {name}_ALLOWED_NETWORKS, and the list to"
        " log, then to enforce."
    ),
    AllowListMode.LOG: (
        "{provider} may call from any address, which is only logged ({name}_ALLOW_LIST=log): set it to enforce once"
        " the log names none of {provider}'s own."
    ),
}
TWO_SECRETS: Final = "{name} is taken beside the new one: take it out once the change is done."

SIGNED_BY_TWO: Final = (
    "Webhooks are signed by WEBHOOK_SECRET_PREVIOUS as well: take it out once the receiving side has the new secret."
)
DERIVED_BY_TWO: Final = (
    "Webhook secrets are derived from WEBHOOK_KEY_PREVIOUS as well: take it out once each endpoint was rotated."
)
WEBHOOKS_INSIDE: Final = (
    "Webhooks may be sent to {network}, by plain HTTP too (WEBHOOK_ALLOWED_NETWORKS): a shop that registers an endpoint"
    " can have the gateway call what is there. Name single addresses, or leave it out."
)

PROXIES_MAX: Final = 256
"""Public addresses: a network of more is hardly one's own. Private ones, such as a container network, may be wide."""

PORT: Final = re.compile(r":\d+$")

WITH_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})


def open_settings(settings: Settings, host: str, *, anyway: bool = False) -> list[str]:
    """Name them. `host`: where it listens; `anyway`: as it was given on the command line."""
    sentences = [REACHABLE.format(host=host)] if is_reachable(host) else []
    sentences += [WIDE_PROXIES.format(network=network) for network in settings.trusted_proxies if _is_wide(network)]
    if settings.database_url is not None and _may_lack_tls(settings.database_url.get_secret_value()):
        sentences.append(WITHOUT_TLS)
    wide = [network for network in settings.webhook_allowed_networks if network.num_addresses > 1]
    sentences += [WEBHOOKS_INSIDE.format(network=network) for network in wide]
    if settings.webhook_key_previous is not None:
        sentences.append(DERIVED_BY_TWO)
    for name, shop in settings.shops.items():
        sentences += [f"Shop {name}: {sentence}" for sentence in dict.fromkeys(_of_shop(shop))]
    return [*sentences, ANYWAY] if anyway else sentences


def is_reachable(host: str) -> bool:
    """Return whether other machines reach what listens there."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _is_wide(network: Network) -> bool:
    return network.num_addresses > PROXIES_MAX and not network.is_private


def _may_lack_tls(url: str) -> bool:
    """Return whether the connection may be in the clear: libpq's own default tries TLS, and goes on without it."""
    from sqlalchemy.engine import make_url

    address = make_url(url)
    named = address.host or address.query.get("host", ())
    hosts = [named] if isinstance(named, str) else named
    return address.query.get("ssl") not in WITH_TLS and any(map(_is_elsewhere, hosts))


def _is_elsewhere(host: str) -> bool:
    """Return whether a server's name leads to another machine; it may be a socket's directory, or end with a port."""
    is_socket = host.startswith("/")
    return not is_socket and is_reachable(host) and is_reachable(PORT.sub("", host).strip("[]"))


def _of_shop(shop: Shop) -> Iterator[str]:
    for name, tokens in (("API_TOKEN", shop.api_tokens), ("API_TEST_TOKEN", shop.test_api_tokens)):
        if len(tokens) > 1:
            yield TWO_SECRETS.format(name=f"{name}_PREVIOUS")
    if shop.payme:
        yield from _of_payme(shop.payme)
    for service in shop.click:
        yield from _of_click(service)
    if any(webhook.secret_previous for webhook in shop.webhooks.values()):
        yield SIGNED_BY_TWO


def _of_payme(payme: PaymeSettings) -> Iterator[str]:
    if payme.sandbox and payme.test_key:
        yield SANDBOX.format(page=SANDBOX_PAGE if has_sandbox() else "")
    if len(payme.keys) > 1:
        yield TWO_SECRETS.format(name="PAYME_KEY_PREVIOUS")
    if payme.allow_list in ALLOW_LIST:
        yield ALLOW_LIST[payme.allow_list].format(provider="Payme", name="PAYME")


def _of_click(service: ClickSettings) -> Iterator[str]:
    if service.playground:
        yield PLAYGROUND
    if service.secret_key_previous:
        yield TWO_SECRETS.format(name="CLICK_SECRET_KEY_PREVIOUS")
    if service.allow_list in ALLOW_LIST:
        yield ALLOW_LIST[service.allow_list].format(provider="Click", name="CLICK")
