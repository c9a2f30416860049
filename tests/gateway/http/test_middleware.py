"""The id of a call."""

import re

import pytest

from core.reads.reports import STATEMENT_PAGE_LINES
from schema.values import to_ms
from tests.payme_rpc.many_payments import BALANCE, has_many


async def asks(http, url, **headers):
    async with http.get(url, headers=headers) as response:
        return response.headers.getall("X-Request-ID")


@pytest.mark.parametrize("path", ["/health/live", "/no/such/path", "/payment/callback/payme", "/api/v1/orders"])
async def test_every_answer_carries_an_id_of_its_own(http, gateway, path):
    ids = [*await asks(http, gateway.make_url(path)), *await asks(http, gateway.make_url(path))]
    assert len(set(ids)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", call_id) for call_id in ids)


@pytest.mark.parametrize("theirs", ["12345678", "a-proxy_of.ours", "x" * 64])
async def test_a_proxys_id_is_kept(http, gateway, theirs):
    assert await asks(http, gateway.make_url("/health/live"), **{"X-Request-ID": theirs}) == [theirs]


@pytest.mark.parametrize("theirs", ["", "short", "x" * 65, "with space", 'quote"quote', "Ўзбекистон", "{jndi:ldap}"])
async def test_an_id_that_could_do_harm_is_replaced(http, gateway, theirs):
    (answered,) = await asks(http, gateway.make_url("/health/live"), **{"X-Request-ID": theirs})
    assert re.fullmatch("[0-9a-f]{32}", answered)


async def test_a_streamed_answer_carries_it_too(payme, shop, database, clock):
    await shop.opens(BALANCE, kind="accumulative", amount=None)
    await has_many(database, to_ms(clock()), STATEMENT_PAGE_LINES + 1)
    call = b'{"id": 1, "method": "GetStatement", "params": {"from": 0, "to": 9999999999999}}'
    _, headers, body = await payme.exchanges(call, {"X-Request-ID": "streamed-1"})
    assert headers["Transfer-Encoding"] == "chunked"
    assert headers.getall("X-Request-ID") == ["streamed-1"]
    assert body.count(b'"id":"many-') == STATEMENT_PAGE_LINES + 1
