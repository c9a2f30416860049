"""Which calls prove a caller, so that its connection may stay: those with accepted credentials, whatever they ask."""

import asyncio

import pytest
from sqlalchemy import text

from tests.actors.click import signature
from tests.actors.payme import basic
from tests.conftest import SETTINGS
from tests.long_timeouts import WAIT_SECONDS

KEY, WRONG_KEY = basic(f"Paycom:{SETTINGS['PAYME_KEY']}"), basic("Paycom:wrong")
TOKEN, WRONG_TOKEN = ({"Authorization": f"Bearer {token}"} for token in (SETTINGS["API_TOKEN"], "wrong"))
PAYME, CLICK, ORDERS = "/payment/callback/payme", "/payment/callback/click", "/api/v1/orders"


def click_form(secret: str) -> bytes:
    form = {
        "click_trans_id": "1",
        "service_id": SETTINGS["CLICK_SERVICE_ID"],
        "click_paydoc_id": "1",
        "merchant_trans_id": "nobody",
        "amount": "1000.00",
        "action": "0",
        "error": "0",
        "error_note": "Success",
        "sign_time": "2026-11-22 12:00:00",
    }
    form["sign_string"] = signature(form, secret)
    return "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items()).encode()


PROVEN = {
    "Payme's key": ("POST", PAYME, KEY, b'{"method":"CheckTransaction","params":{"id":"1"},"id":1}'),
    "Payme's key and a method that is none": ("POST", PAYME, KEY, b'{"method":"None","params":{},"id":1}'),
    "Payme's key and no JSON": ("POST", PAYME, KEY, b"{"),
    "Click's signature": ("POST", CLICK, {}, click_form(SETTINGS["CLICK_SECRET_KEY"])),
    "the shop's token": ("GET", ORDERS, TOKEN, b""),
    "the shop's token and an unknown path": ("GET", "/api/v1/nothing", TOKEN, b""),
}
UNPROVEN = {
    "another key": ("POST", PAYME, WRONG_KEY, b'{"method":"CheckTransaction","params":{"id":"1"},"id":1}'),
    "no key": ("POST", PAYME, {}, b'{"method":"CheckTransaction","params":{"id":"1"},"id":1}'),
    "another shop's path": ("POST", PAYME + "/nobody", KEY, b"{}"),
    "another signature": ("POST", CLICK, {}, click_form("wrong")),
    "no signature": ("POST", CLICK, {}, b"action=0"),
    "no call of Click's": ("GET", CLICK, {}, b""),
    "another token": ("GET", ORDERS, WRONG_TOKEN, b""),
    "no token": ("GET", ORDERS, {}, b""),
    "what needs no token": ("GET", "/api/openapi.json", {}, b""),
    "health": ("GET", "/health/live", {}, b""),
    "metrics": ("GET", "/metrics", {}, b""),
    "no path of ours": ("GET", "/nothing", KEY | TOKEN, b""),
}


async def proves(gateway, verb, path, headers, body) -> bool:
    """Whether its connection is proven, once this call has been answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    lines = [f"{verb} {path} HTTP/1.1", "Host: gateway", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await reader.readuntil(b"\r\n\r\n")
    (connection,) = gateway.runner.server.connections
    proven = connection.is_proven
    writer.close()
    while gateway.runner.server.connections:
        await asyncio.sleep(0.01)
    return proven


@pytest.mark.parametrize("kind", PROVEN)
async def test_a_call_with_accepted_credentials_proves_its_caller(gateway, kind):
    assert await proves(gateway, *PROVEN[kind])


@pytest.mark.parametrize("kind", ["Payme's key", "Click's signature", "the shop's token"])
async def test_it_does_before_the_database_has_answered(gateway, database, kind):
    """Others may be closed to make room: it must not lose its answer."""
    verb, path, headers, body = PROVEN[kind]
    async with database.connect() as other, asyncio.timeout(WAIT_SECONDS), asyncio.TaskGroup() as group:
        await other.execution_options(isolation_level="READ COMMITTED")
        await other.execute(text("LOCK TABLE orders, payments"))
        call = group.create_task(proves(gateway, verb, path, headers, body))
        while not any(connection.is_proven for connection in gateway.runner.server.connections):
            await asyncio.sleep(0.01)
        assert not call.done()
        await other.rollback()
    assert call.result()


@pytest.mark.parametrize("kind", UNPROVEN)
async def test_no_other_call_does(gateway, kind):
    assert not await proves(gateway, *UNPROVEN[kind])


@pytest.mark.settings(TRUSTED_PROXIES="127.0.0.1")
async def test_behind_a_proxy_the_proxys_connection_is_proven(gateway):
    verb, path, headers, body = PROVEN["Payme's key"]
    assert await proves(gateway, verb, path, headers | {"X-Forwarded-For": "185.234.113.1"}, body)
