"""Pays an order of the demonstration by making the provider's calls over HTTP, each printed with its answer."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from rich.console import Console

from click_http.amounts import som
from core import wall_clock
from gateway.config.settings import Settings
from gateway.config.shop_settings import ClickSettings, PaymeSettings
from gateway.printable_text import printable
from inbound.shop_path import MAIN
from schema.values import Provider, Tiyin, to_ms

CALL_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
TASHKENT: Final = timezone(timedelta(hours=5))

console = Console(highlight=False, markup=False, soft_wrap=True)


class NotPaid(Exception):  # noqa: N818 - the gateway may well be right to refuse
    """The gateway did not take the payment; the message says at which call and why."""


async def pay(settings: Settings, url: str, provider: Provider, account: str, *, test: bool) -> None:
    """Pay the whole order, or the whole test order. Raises NotPaid."""
    shop = settings.shops[MAIN]
    assert shop.payme is not None
    assert shop.payme.test_key is not None
    (token, *_) = shop.test_api_tokens if test else shop.api_tokens
    key = shop.payme.test_key if test else shop.payme.keys[0]
    (service,) = (service for service in shop.click if service.test is test)
    async with aiohttp.ClientSession(base_url=url, timeout=CALL_TIMEOUT) as http:
        try:
            amount = await _amount(http, token.get_secret_value(), account)
            if provider is Provider.PAYME:
                await _pay_through_payme(http, shop.payme, key.get_secret_value(), account, amount)
            else:
                await _pay_through_click(http, service, account, amount)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NotPaid(f"No answer from a gateway at {url}: is `tiyin demo` running? ({error})") from None


async def _amount(http: aiohttp.ClientSession, token: str, account: str) -> Tiyin:
    """Read the order's amount from the merchant API; a payer would read it on the provider's page."""
    headers = {"Authorization": f"Bearer {token}"}
    async with http.get(f"/api/v1/orders/{quote(account, safe='')}", headers=headers) as response:
        order = await response.json(content_type=None)
    if response.status != 200:
        raise NotPaid(f"There is no order {account!r}: HTTP {response.status}.")
    if order.get("amount") is None:
        raise NotPaid(f"Order {account!r} is a balance; the demonstration pays orders that name their amount.")
    return Tiyin(order["amount"])


async def _pay_through_payme(
    http: aiohttp.ClientSession, payme: PaymeSettings, key: str, account: str, amount: Tiyin
) -> None:
    order = {"amount": amount, "account": {payme.account_field: account}}
    transaction = secrets.token_hex(12)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("CheckPerformTransaction", order),
        ("CreateTransaction", {"id": transaction, "time": to_ms(wall_clock()), **order}),
        ("PerformTransaction", {"id": transaction}),
        ("CheckTransaction", {"id": transaction}),
    ]
    auth = aiohttp.BasicAuth(payme.login, key, encoding="utf-8")
    for number, (method, params) in enumerate(calls, 1):
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        console.print(printable(f"Payme → {json.dumps(body, ensure_ascii=False)}"))
        async with http.post("/payment/callback/payme", json=body, auth=auth) as response:
            answer = await response.json(content_type=None)
        console.print(printable(f"      ← {json.dumps(answer, ensure_ascii=False)}"))
        if "error" in answer:
            raise NotPaid(f"{method} was refused with {answer['error']['code']}.")


async def _pay_through_click(http: aiohttp.ClientSession, click: ClickSettings, account: str, amount: Tiyin) -> None:
    attempt = {
        "click_trans_id": str(secrets.randbelow(2**40)),
        "service_id": str(click.service_id),
        "click_paydoc_id": str(secrets.randbelow(2**40)),
        "merchant_trans_id": account,
        "amount": som(amount),
        "error": "0",
        "error_note": "Success",
        "sign_time": f"{wall_clock().astimezone(TASHKENT):%Y-%m-%d %H:%M:%S}",
    }
    secret = click.secret_key.get_secret_value()
    prepared = await _click_call(http, "Prepare", {**attempt, "action": "0"}, secret)
    prepare_id = str(prepared["merchant_prepare_id"])
    await _click_call(http, "Complete", {**attempt, "action": "1", "merchant_prepare_id": prepare_id}, secret)


async def _click_call(http: aiohttp.ClientSession, name: str, form: dict[str, str], secret: str) -> Mapping[str, Any]:
    form["sign_string"] = _signature(form, secret)
    console.print(printable(f"Click, {name} → {json.dumps(form, ensure_ascii=False)}"))
    async with http.post("/payment/callback/click", data=form) as response:
        answer: Mapping[str, Any] = await response.json(content_type=None)
    console.print(printable(f"{' ' * len(name)}        ← {json.dumps(answer, ensure_ascii=False)}"))
    if answer["error"] != 0:
        raise NotPaid(f"{name} was refused with {answer['error']}: {answer['error_note']}.")
    return answer


def _signature(form: Mapping[str, str], secret: str) -> str:
    """(Click, "SHOP API"): the prepare id is part of it in Complete only."""
    before = form["click_trans_id"] + form["service_id"] + secret + form["merchant_trans_id"]
    after = form.get("merchant_prepare_id", "") + form["amount"] + form["action"] + form["sign_time"]
    return hashlib.md5((before + after).encode(), usedforsecurity=False).hexdigest()
