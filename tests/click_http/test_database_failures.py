"""When the database fails, Click is answered -7, nothing is half-written, and the repeat succeeds."""

import pytest

from tests.other_sessions import holding, without


@pytest.mark.real_timeouts
async def test_an_order_that_somebody_holds_is_tried_again(click, shop, database):
    await shop.opens("1001")
    form = click.form("1001")
    async with holding(database, "SELECT * FROM orders FOR UPDATE"):
        assert (await click.posts(form))["error"] == -7
    assert await shop.states() == [(None, "awaiting")]
    assert (await click.posts(form))["error"] == 0


@pytest.mark.parametrize("table", ["payments", "transitions", "outbox"])
async def test_o8f_a_complete_that_cannot_be_written_succeeds_when_repeated(click, shop, database, table):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    async with without(database, table):
        assert (await click.completes(prepare_id, "1001"))["error"] == -7
    assert await shop.states() == [("pending", "reserved")]
    assert [(await click.completes(prepare_id, "1001"))["error"] for _ in range(2)] == [0, -4]


@pytest.mark.parametrize("table", ["orders", "payments", "outbox"])
async def test_a_prepare_that_cannot_be_written_succeeds_when_repeated(click, shop, database, table):
    await shop.opens("1001")
    async with without(database, table):
        assert (await click.prepares("1001"))["error"] == -7
    assert await shop.states() == [(None, "awaiting")]
    assert await click.pays("1001")


async def test_no_query_is_made_before_the_signature_is_right(click, database):
    async with holding(database, "LOCK TABLE orders, payments IN ACCESS EXCLUSIVE MODE"):
        assert (await click.prepares("1001", secret="wrong"))["error"] == -1
        assert (await click.completes("1", "1001", error=-1, secret="wrong"))["error"] == -1
        assert (await click.prepares("1001\0"))["error"] == -5
