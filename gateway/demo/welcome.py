"""Prints addresses, keys, orders and commands to paste once the demonstration listens."""

import json
import secrets
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import which
from typing import Any

from rich.console import Console
from rich.rule import Rule

from core import Order, Shown, wall_clock
from gateway.config.settings import Settings
from gateway.config.shop_settings import PaymeSettings
from gateway.extras import has_sandbox
from gateway.payment_links import payment_links
from gateway.printable_text import printable
from inbound.shop_path import MAIN
from schema.values import to_ms


def print_welcome(settings: Settings, url: str, orders: Sequence[Shown]) -> None:
    """Lines are never wrapped, so that commands can be pasted."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(Rule("tiyin", characters="─"))
    for line in _welcome(settings, url, orders):
        console.print(printable(line), style="bold" if line.endswith(":") and not line.startswith(" ") else None)


def _welcome(settings: Settings, url: str, orders: Sequence[Shown]) -> Iterator[str]:
    shop = settings.shops[MAIN]
    assert shop.payme is not None
    assert shop.payme.test_key is not None
    payme, test_key, (click, test_click) = shop.payme, shop.payme.test_key, shop.click
    yield f"Listening on {url}. Stop with Ctrl-C; keys and data stay in {settings.tiyin_home}."
    yield "Addresses and keys:"
    yield f"  Payme     {url}/payment/callback/payme  {payme.login}:{payme.keys[0].get_secret_value()}"
    yield f"  Click     {url}/payment/callback/click  service {click.service_id}, {click.secret_key.get_secret_value()}"
    yield f"  the shop  {url}/api/v1/orders  Bearer {shop.api_tokens[0].get_secret_value()}"
    yield "The same addresses in test mode, where these keys see test orders and nothing else:"
    yield f"  Payme     {payme.login}:{test_key.get_secret_value()}"
    yield f"  Click     service {test_click.service_id}, {test_click.secret_key.get_secret_value()}"
    yield f"  the shop  Bearer {shop.test_api_tokens[0].get_secret_value()}"
    if has_sandbox():
        yield f"Payme's and Click's test cabinets, as a page: {url}/sandbox"
    yield "Three open orders, one test order, and their payment links:"
    links_of = payment_links(settings)
    for shown in orders:
        for provider, link in links_of(shown).items():
            yield f"  {shown.order.account}  {provider}  {link.url or link.problem}"
    for_payme, for_click, for_curl, for_test = (shown.order.account for shown in orders)
    yield "Pay one through Payme, one through Click, the test order in test mode (paste into another terminal):"
    yield f"  {_tiyin(settings, 'demo', 'pay', 'payme', for_payme)}"
    yield f"  {_tiyin(settings, 'demo', 'pay', 'click', for_click)}"
    yield f"  {_tiyin(settings, 'demo', 'pay', 'payme', for_test, '--test')}"
    yield "Each event of theirs arrives here as a signed webhook, and is printed as it does."
    yield "Or make Payme's calls yourself:"
    yield from (f"  {command}" for command in _curls(url, payme, orders[2].order))
    yield "Then look at the order:"
    token = shlex.quote(f"Authorization: Bearer {shop.api_tokens[0].get_secret_value()}")
    yield f"  curl -s -H {token} {url}/api/v1/orders/{for_curl}"


def _curls(url: str, payme: PaymeSettings, order: Order) -> Iterator[str]:
    payable = {"amount": order.amount, "account": {payme.account_field: order.account}}
    transaction = {"id": secrets.token_hex(12)}
    yield _curl(url, payme, "CheckPerformTransaction", payable)
    yield _curl(url, payme, "CreateTransaction", {**transaction, "time": to_ms(wall_clock()), **payable})
    yield _curl(url, payme, "PerformTransaction", transaction)
    yield _curl(url, payme, "CheckTransaction", transaction)


def _curl(url: str, payme: PaymeSettings, method: str, params: dict[str, Any]) -> str:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    user = f"{payme.login}:{payme.keys[0].get_secret_value()}"
    return shlex.join(["curl", "-s", "-u", user, "-d", body, f"{url}/payment/callback/payme"])


def _tiyin(settings: Settings, *arguments: str) -> str:
    """Build the command so that it works in any directory and without this process's environment."""
    executable = which(sys.argv[0])
    is_tiyin = executable is not None and Path(executable).name == "tiyin"
    program = [str(Path(str(executable)).absolute())] if is_tiyin else [sys.executable, "-m", "gateway.cli"]
    return shlex.join(["env", f"TIYIN_HOME={settings.tiyin_home}", *program, *arguments])
