"""Bodies too large, too slow or damaged, a busy database, an error of ours; and what the journal keeps."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from inbound import body
from tests.actors.shop import Shop
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding

JournalRows = Callable[[int], Awaitable[list[Any]]]

ORDERS = "/api/v1/orders"
GOOD = {"account": "1001", "amount": 500_00}


async def test_64_kib_are_read_and_not_a_byte_more(shop: Shop):
    body = json.dumps(GOOD).encode()
    assert (await shop.calls("POST", ORDERS, body=body.ljust(64 * 1024))).status == 201
    assert await shop.refused("POST", ORDERS, body=body.ljust(64 * 1024 + 1)) == (413, "too_large")


PACKED = [
    pytest.param("gzip", gzip.compress(json.dumps(GOOD).encode()), id="gzip"),
    pytest.param("gzip", gzip.compress(b" " * 10_000_000), id="gzip that grows"),
    pytest.param("gzip", b"no gzip", id="no gzip"),
    pytest.param("br", json.dumps(GOOD).encode(), id="br"),
    pytest.param("zstd", json.dumps(GOOD).encode(), id="zstd"),
]


@pytest.mark.parametrize(("encoding", "body"), PACKED)
async def test_a_compressed_body_is_not_unpacked(shop: Shop, encoding: str, body: bytes):
    headers = {"Content-Encoding": encoding}
    assert await shop.refused("POST", ORDERS, body=body, headers=headers) == (400, "unreadable")


@pytest.mark.parametrize("expectation", ["100-continue", "the-unexpected"])
async def test_whatever_is_expected_is_answered_like_any_call(shop: Shop, expectation: str):
    headers = {"Expect": expectation}
    assert (await shop.calls("POST", ORDERS, GOOD, headers=headers)).status == 201
    assert await shop.refused("GET", ORDERS + "/nobody", headers=headers) == (404, "order_not_found")


async def test_a_body_that_does_not_come_is_not_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection(*address(shop))
    writer.write(head(shop, "Content-Length: 10") + b"{")
    async with asyncio.timeout(WAIT_SECONDS):
        answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 408")
    assert "Connection: close" in answer
    assert "urn:problem-type:tiyin:too_slow" in answer


async def test_a_caller_that_hangs_up_is_no_error_of_ours(
    shop: Shop, journal_rows: JournalRows, caplog: pytest.LogCaptureFixture
):
    reader, writer = await asyncio.open_connection(*address(shop))
    writer.write(head(shop, "Content-Length: 10\r\nExpect: 100-continue"))
    await reader.readuntil(b"\r\n\r\n")  # the gateway waits for the body now
    writer.write(b"{")
    writer.close()
    await writer.wait_closed()
    assert [(row.method, row.code) for row in await journal_rows(1)] == [("POST orders", "400")]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.real_timeouts
async def test_a_call_for_an_order_that_somebody_holds_is_to_be_tried_again(shop: Shop, database: AsyncEngine):
    await shop.opens("1001")
    async with holding(database, "SELECT FROM orders FOR UPDATE"):
        status, headers, problem = await shop.calls("POST", f"{ORDERS}/1001/cancel")
        assert (status, headers["Retry-After"], problem["type"]) == (503, "1", "urn:problem-type:tiyin:try_again")
    assert (await shop.closes("1001"))["state"] == "cancelled"


async def test_an_error_of_ours_shows_nothing(shop: Shop, database: AsyncEngine, caplog: pytest.LogCaptureFixture):
    order = await shop.opens("1001")
    async with database.connect() as connection:
        await connection.execute(text("ALTER TABLE orders RENAME COLUMN description TO moved_away"))
        try:
            status, _, problem = await shop.calls("GET", f"{ORDERS}/1001")
        finally:
            await connection.execute(text("ALTER TABLE orders RENAME COLUMN moved_away TO description"))
    assert (status, problem) == (
        500,
        {
            "type": "urn:problem-type:tiyin:failed",
            "title": "The call failed on our side",
            "status": 500,
            "detail": "It is logged. The same call again, with the same Idempotency-Key, is safe.",
            "errors": [],
        },
    )
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == ["call failed"]
    assert await shop.shows("1001") == order


async def test_every_call_is_in_the_journal_without_its_token(shop: Shop, journal_rows: JournalRows):
    await shop.opens("1001")
    await shop.refused("POST", f"{ORDERS}/1002/cancel")
    await shop.refused("GET", "/api/nowhere?token=secret")
    await shop.with_token("a-token-of-nobody").calls("GET", ORDERS, headers={"X-Nothing": "1"})
    rows = await journal_rows(4)
    assert [(row.interface, row.shop, row.method, row.code, row.refusal) for row in rows] == [
        ("api", "main", "POST orders", "201", None),
        ("api", "main", "POST cancel", "404", "order_not_found"),
        ("api", None, "GET unknown", "404", None),
        ("api", None, "GET orders", "401", None),
    ]
    assert rows[0].request == 'POST /api/v1/orders\n{"account": "1001", "amount": 50000}'
    assert json.loads(rows[0].answer) == await shop.shows("1001")
    assert not [row for row in rows if "token=" in str(row) or shop.token in str(row) or "of-nobody" in str(row)]


def address(shop: Shop) -> tuple[str, str]:
    host, _, port = shop.url.removeprefix("http://").partition(":")
    return host, port


def head(shop: Shop, header: str) -> bytes:
    return f"POST {ORDERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.token}\r\n{header}\r\n\r\n".encode()
