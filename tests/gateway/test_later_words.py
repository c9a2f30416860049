"""What a later release has written is met with care: nothing is paid twice for it, nothing given back twice.

As after a rollback, or while both releases serve the same database.
"""

import asyncio

import pytest

from core.audit.audit import audit_books
from core.domain.periods import Periods
from schema.values import to_ms
from tests.actors.payme import OK
from tests.later_release import LaterRelease
from tests.payme_rpc.calls import FISCAL_DATA

pytestmark = pytest.mark.usefixtures("gateway")


@pytest.fixture
def later_release(database, clock) -> LaterRelease:
    return LaterRelease(database, clock)


@pytest.fixture
async def paid_through_payme(shop, payme, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    return await payme.performs("5f3a")


async def test_a_moved_payment_is_performed_to_payme_and_cannot_be_cancelled(
    paid_through_payme, later_release, payme, shop, clock
):
    statement = {"from_": to_ms(clock.now()) - 1, "to": to_ms(clock.now()) + 1}
    before = await payme.says("CheckTransaction", id="5f3a"), await payme.says("GetStatement", **statement)
    await later_release.moves_away("1001")
    assert (await payme.says("CheckTransaction", id="5f3a"), await payme.says("GetStatement", **statement)) == before
    assert await payme.performs("5f3a") == paid_through_payme
    assert await payme.creates("5f3a", to_ms(clock.now())) == -31008
    assert await payme.cancels("5f3a", 5) == -31007
    assert await shop.states() == [("moved", "awaiting")]


async def test_an_order_whose_payment_was_moved_away_is_paid_anew(
    paid_through_payme, later_release, payme, shop, clock
):
    await later_release.moves_away("1001")
    await payme.creates("600d", to_ms(clock.now()))
    assert (await payme.performs("600d"))["state"] == 2
    assert await payme.cancels("600d", 5) != -31007
    shown = await shop.shows("1001")
    assert [payment["state"] for payment in shown["payments"]] == ["moved", "reversed"]


async def test_a_moved_payment_is_confirmed_to_click(shop, click, later_release):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    await click.completes(prepare_id, "1001")
    await later_release.moves_away("1001")
    again = await click.completes(prepare_id, "1001")
    assert (again["error"], again["merchant_confirm_id"]) == (-4, prepare_id)
    assert (await click.completes(prepare_id, "1001", error=-5017))["error"] == -9
    assert await shop.states() == [("moved", "awaiting")]


async def test_what_was_given_back_in_part_is_not_given_back_whole(
    paid_through_payme, later_release, payme, shop, clock
):
    await later_release.gives_back_a_part("1001")
    assert await payme.cancels("5f3a", 5) == -31007
    assert (await payme.says("CheckTransaction", id="5f3a"))["state"] == 2
    assert await payme.creates("600d", to_ms(clock.now())) == -31051
    assert (await shop.delivers("1001"))["state"] == "partially_refunded"
    assert await shop.states() == [("paid", "partially_refunded")]


async def test_what_was_given_back_in_cash_is_performed_to_payme_and_not_given_back_again(
    paid_through_payme, later_release, payme, shop, clock
):
    statement = {"from_": to_ms(clock.now()) - 1, "to": to_ms(clock.now()) + 1}
    before = await payme.says("CheckTransaction", id="5f3a"), await payme.says("GetStatement", **statement)
    clock.advance(hours=1)
    await later_release.gives_back_in_cash("1001")
    assert await payme.cancels("5f3a", 5) == -31007
    assert (await payme.says("CheckTransaction", id="5f3a"), await payme.says("GetStatement", **statement)) == before
    assert await payme.performs("5f3a") == paid_through_payme
    assert await payme.creates("5f3a", to_ms(clock.now())) == -31008
    assert await shop.states() == [("reversed", "refunded")]


async def test_a_receipt_of_what_was_given_back_in_cash_is_that_of_the_sale(
    paid_through_payme, later_release, payme, shop
):
    await later_release.gives_back_in_cash("1001")
    await payme.says("SetFiscalData", id="5f3a", fiscal_data=FISCAL_DATA)
    (payment,) = (await shop.shows("1001"))["payments"]
    assert payment["fiscal"]["perform"]
    assert payment["fiscal"]["cancel"] is None


async def test_a_later_schema_keeps_what_is_on_its_way_back_from_being_given_back_whole(
    later_release, payme, shop, clock
):
    await shop.opens("1001", None, kind="accumulative")
    for payment in ("5f3a", "600d"):
        await payme.creates(payment, to_ms(clock.now()))
        await payme.performs(payment)
    async with later_release.guards_refunds("5f3a"):
        refused, other = await asyncio.gather(payme.cancels("5f3a", 5), payme.cancels("600d", 5))
    assert (refused, other["state"]) == (-32400, -2)
    assert await shop.states() == [("paid", "awaiting"), ("reversed", "awaiting")]


async def test_an_order_of_another_system_is_neither_paid_nor_opened_here(later_release, payme, click, shop, clock):
    await later_release.keeps_elsewhere("1001", OK)
    assert await payme.checks("1001", OK) == -31050
    assert await payme.creates("5f3a", to_ms(clock.now())) == -31050
    assert (await click.prepares("1001", "50000"))["error"] == -5
    for path in ("", "/1001/cancel", "/1001/reopen", "/1001/deliver"):
        order = None if path else {"account": "1001", "amount": OK}
        assert await shop.refused("POST", f"/api/v1/orders{path}", order) == (409, "order_elsewhere")
    assert (await shop.shows("1001"))["state"] == "elsewhere"


async def test_what_an_operator_has_recorded_pays_its_order(later_release, payme, shop, clock):
    await shop.opens("1001", OK)
    await later_release.records_cash("1001")
    assert await payme.creates("5f3a", to_ms(clock.now())) == -31051
    shown = await shop.shows("1001")
    assert [(payment["provider"], payment["state"]) for payment in shown["payments"]] == [("manual", "paid")]
    assert [order["account"] for order in (await shop.lists("?state=paid"))["items"]] == ["1001"]
    found = await shop.searches("cash:1001")
    assert [order["account"] for order in found.body["items"]] == ["1001"]


@pytest.mark.parametrize("quick", [True, False])
async def test_the_audit_finds_nothing_wrong_with_it(
    paid_through_payme, later_release, shop, payme, database, clock, quick
):
    await later_release.moves_away("1001")
    await later_release.moves_back("1001")
    await later_release.gives_back_a_part("1001")
    await later_release.gives_back_in_cash("1001")
    await shop.opens("part", OK)
    await payme.creates("600d", to_ms(clock.now()), "part")
    await payme.performs("600d")
    await later_release.gives_back_a_part("part")
    await later_release.keeps_elsewhere("1002", OK)
    await shop.opens("1003", OK)
    await later_release.records_cash("1003")
    assert await audit_books(database, clock(), Periods().lifetimes, quick=quick) == []


async def test_the_history_tells_it(paid_through_payme, later_release, types):
    await later_release.is_asked_for_a_refund("1001")
    await later_release.moves_away("1001")
    status, said, wrong = await asyncio.to_thread(types, "order", "history", "1001")
    assert (status, wrong) == (0, "")
    assert "operation asked for by shop: payment paid, order paid" in said
    assert "moved to another order by operator: payment paid → moved, order paid → awaiting" in said
