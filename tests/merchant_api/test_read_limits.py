"""What one shop reads keeps nobody else waiting: few of its reads run at once, and no page is too large."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding

TEST_TOKEN = "test-mode-token-of-main-0123456789abcdef"
PAGE_BYTES = 64 * 1024

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
def reads_hang(database):
    """For as long as the context lasts, no read of an order comes to its end."""

    @asynccontextmanager
    async def hang():
        async with holding(database, "LOCK TABLE orders, payments IN ACCESS EXCLUSIVE MODE"):
            yield

    return hang


@pytest.fixture
def until_they_hang(database):
    """Wait until so many sessions hang; return how many more do then."""

    async def wait(count):
        async with asyncio.timeout(WAIT_SECONDS), database.connect() as connection:
            while (hanging := (await connection.execute(WAITING)).scalar_one()) < count:
                await asyncio.sleep(0.02)
        return hanging - count

    return wait


def begin(shop, account, count):
    return [asyncio.create_task(shop.calls("GET", f"/api/v1/orders/{account}")) for _ in range(count)]


def statuses(answers):
    return [status for status, _, _ in answers]


@pytest.mark.settings(API_PAGE_BYTES=str(PAGE_BYTES))
async def test_a_page_is_over_when_it_is_large_enough(shop):
    notes = {"note": "n" * 8000}
    for number in range(12):
        await shop.opens(str(number), metadata=notes)
    first = await shop.lists("?limit=100")
    second = await shop.lists(f"?limit=100&cursor={first['next']}")
    assert [len(first["items"]), len(second["items"]), second["next"]] == [7, 5, None]
    seen = [item["account"] for page in (first, second) for item in page["items"]]
    assert seen == [str(number) for number in reversed(range(12))]
    assert len(json.dumps(first)) < 1.1 * PAGE_BYTES


@pytest.mark.settings(API_PAGE_BYTES=str(PAGE_BYTES))
async def test_what_is_looked_for_comes_in_such_pages_too(shop, clock):
    for number in range(12):
        await shop.opens(str(number), metadata={"note": "n" * 8000})
    status, _, page = await shop.searches((clock.now() + timedelta(hours=5)).date().isoformat())
    assert (status, len(page["items"]), page["next"] is None) == (200, 7, False)


async def test_a_shop_has_two_reads_at_once(shop, reads_hang, until_they_hang, gateway, http):
    await shop.opens("1001")
    async with reads_hang():
        reads = begin(shop, "1001", 6)
        async with asyncio.timeout(WAIT_SECONDS):  # the seventh is this one
            while "tiyin_in_flight 7.0" not in await (await http.get(gateway.make_url("/metrics"))).text():
                await asyncio.sleep(0.02)
        assert await until_they_hang(2) == 0
    assert statuses(await asyncio.gather(*reads)) == [200] * 6


async def test_reads_that_wait_for_too_long_are_too_many(shop, reads_hang, until_they_hang, monkeypatch):
    await shop.opens("1001")
    async with reads_hang():
        reads = begin(shop, "1001", 2)
        await until_they_hang(2)
        monkeypatch.setattr("merchant_api.read_slots.WAIT_SECONDS", 0.01)
        status, headers, problem = await shop.calls("GET", "/api/v1/orders")
        assert (status, headers["Retry-After"]) == (429, "1")
        assert problem["title"] == "Too many of the shop's reads are under way"
    assert statuses(await asyncio.gather(*reads)) == [200, 200]


@pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)
async def test_reads_of_all_shops_leave_room_for_statements(shop, payme, reads_hang, until_they_hang, monkeypatch):
    in_test_mode = shop.with_token(TEST_TOKEN)
    await shop.opens("1001")
    await in_test_mode.opens("1001")
    async with reads_hang():
        reads = [*begin(shop, "1001", 2), *begin(in_test_mode, "1001", 1)]
        await until_they_hang(3)
        monkeypatch.setattr("merchant_api.read_slots.WAIT_SECONDS", 0.01)
        assert await in_test_mode.refused("GET", "/api/v1/orders") == (503, "try_again")
        statement = asyncio.create_task(payme.says("GetStatement", from_=0, to=1))
        await until_they_hang(4)
    assert await statement == {"transactions": []}
    assert statuses(await asyncio.gather(*reads)) == [200] * 3


@pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)
async def test_calls_are_recorded_while_all_reads_hang(shop, payme, reads_hang, until_they_hang, journal_rows):
    await shop.opens("1001")
    async with reads_hang():
        reads = [*begin(shop, "1001", 2), *begin(shop.with_token(TEST_TOKEN), "1001", 1)]
        reads.append(asyncio.create_task(payme.says("GetStatement", from_=0, to=1)))
        await until_they_hang(4)
        assert await payme.says("NoSuchMethod") == -32601
        assert [row.method for row in await journal_rows(2)] == ["POST orders", "NoSuchMethod"]
    await asyncio.gather(*reads)
