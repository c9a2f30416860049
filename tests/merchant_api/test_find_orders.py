"""Finding orders by whatever number somebody has, or by the day and the amount."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme, creation
from tests.actors.shop import Shop
from tests.clock import Clock
from tests.conftest import SETTINGS

NOON = datetime.fromisoformat("2026-11-28T12:00:00+05:00")
DAY = "2026-11-28"
TEST_TOKEN = "test-mode-token-of-main-0123456789abcdef"

with_test_mode = pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)


@pytest.fixture(autouse=True)
def noon(clock: Clock) -> None:
    clock.stands_at(NOON)


async def found(shop: Shop, text: str, **parameters: Any) -> list[str]:
    return [order["account"] for order in (await page(shop, text, **parameters))["items"]]


async def page(shop: Shop, text: str, **parameters: Any) -> Any:
    status, _, answer = await shop.searches(text, **parameters)
    assert status == 200, answer
    return answer


async def begins(payme: Payme, clock: Clock, payment: str, account: str, amount: int = 500_00) -> None:
    assert isinstance(
        await payme.says("CreateTransaction", **creation(payment, to_ms(clock.now()), account, amount)), dict
    )


async def test_by_the_account(shop: Shop):
    await shop.opens("1001")
    order = await shop.opens("1002")
    assert await page(shop, "1002") == {"test": False, "items": [order], "next": None}


async def test_by_an_account_of_any_script_with_spaces_and_signs(shop: Shop):
    for account in ("№ 7 (синий)", "50% & more", "a+b=c", "2026-11-28"):
        await shop.opens(account)
        assert await found(shop, account) == [account]
        assert await found(shop, f"  {account} ") == [account]


async def test_by_paymes_id(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001")
    await shop.opens("1002")
    await begins(payme, clock, "5305e3bab097f420a62ced0b", "1001")
    assert await found(shop, "5305e3bab097f420a62ced0b") == ["1001"]
    assert await found(shop, "5305e3bab097f420a62ced0") == []


async def test_by_clicks_numbers_and_by_ours(shop: Shop, click: Click):
    await shop.opens("1001")
    await shop.opens("1002")
    payment = await click.pays("1001", click_trans_id=3_650_011_500, click_paydoc_id=2_900_011_223)
    await click.pays("1002", click_trans_id=36_500_115_001, click_paydoc_id=29_000_112_231)
    shown = (await shop.shows("1001"))["payments"][0]
    assert (shown["click_trans_id"], shown["click_paydoc_id"]) == (3_650_011_500, 2_900_011_223)
    for text in ("3650011500", "2900011223", str(payment), shown["external_id"], " 2900011223 "):
        assert await found(shop, text) == ["1001"]


async def test_a_payment_of_paymes_has_no_number_of_clicks(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001")
    await begins(payme, clock, "5f3a", "1001")
    shown = (await shop.shows("1001"))["payments"][0]
    assert (shown["click_trans_id"], shown["click_paydoc_id"]) == (None, None)


async def test_by_either_number_of_a_payment_that_was_tried_twice(shop: Shop, click: Click):
    await shop.opens("1001")
    await click.prepares("1001", click_trans_id=111, click_paydoc_id=777)
    await click.prepares("1001", click_trans_id=222, click_paydoc_id=777)
    assert (await shop.shows("1001"))["payments"][0]["click_trans_id"] == 222
    for text in ("111", "222", "777", f"{SETTINGS['CLICK_SERVICE_ID']}:222:1001"):
        assert await found(shop, text) == ["1001"]
    assert await found(shop, "22") == []


async def test_a_number_may_be_several_things_at_once(shop: Shop, click: Click, clock: Clock):
    for account in ("first", "second", "555"):
        await shop.opens(account)
        clock.advance(seconds=1)
    await click.prepares("first", click_trans_id=555, click_paydoc_id=1)
    await click.prepares("second", click_trans_id=2, click_paydoc_id=555)
    assert await found(shop, "555") == ["555", "second", "first"]


async def test_by_day_and_amount_in_tiyin_or_som(shop: Shop, payme: Payme, clock: Clock):
    for number, amount in enumerate((500_00, 500_00, 700_50)):
        await shop.opens(str(number), amount)
        clock.advance(minutes=1)
    await begins(payme, clock, "5f3a", "0")
    for text in (f"50000 {DAY}", f"{DAY} 50000", f"500.00 {DAY}", f"500,00 {DAY}", f"5 00.00 {DAY}"):
        assert await found(shop, text) == ["0", "1"]  # by the payment, and by the opening
    assert await found(shop, f"700.50 {DAY}") == ["2"]
    assert await found(shop, DAY) == ["0", "2", "1"]
    for text in (f"70050 {DAY} soon", f"x {DAY}", "700.50", "2026-11-31", f"700.5 {DAY}", f"{DAY} {DAY}"):
        assert await found(shop, text) == []


async def test_a_day_is_one_in_tashkent(shop: Shop, clock: Clock):
    for account, moment in (
        ("the day before", "2026-11-27T23:59:59.999+05:00"),
        ("first", "2026-11-28T00:00:00+05:00"),
        ("last", "2026-11-28T23:59:59.999+05:00"),
        ("the day after", "2026-11-29T00:00:00+05:00"),
    ):
        clock.stands_at(datetime.fromisoformat(moment))
        await shop.opens(account)
    assert await found(shop, DAY) == ["last", "first"]


async def test_an_order_is_found_on_its_day_though_paymes_clock_showed_another(shop: Shop, payme: Payme, clock: Clock):
    clock.stands_at(datetime.fromisoformat("2026-11-28T23:59:30+05:00"))
    await shop.opens("late")
    await payme.says("CreateTransaction", **creation("5f3a", to_ms(clock.now()) + 40_000, "late", 500_00))
    clock.stands_at(datetime.fromisoformat("2026-11-28T00:00:10+05:00"))
    await shop.opens("early")
    await payme.says("CreateTransaction", **creation("5f3b", to_ms(clock.now()) - 40_000, "early", 500_00))
    assert await found(shop, DAY) == ["late", "early"]
    assert await found(shop, "500.00 2026-11-29") == ["late"]
    assert await found(shop, "500.00 2026-11-27") == ["early"]


async def test_an_order_of_another_day_is_found_by_its_payment(shop: Shop, payme: Payme, clock: Clock):
    clock.stands_at(NOON - timedelta(days=3))
    await shop.opens("1001")
    clock.stands_at(NOON)
    await begins(payme, clock, "5f3a", "1001")
    assert await found(shop, f"500.00 {DAY}") == ["1001"]
    assert await found(shop, "500.00 2026-11-25") == ["1001"]
    assert await found(shop, "500.00 2026-11-26") == []


async def test_an_order_that_was_tried_on_two_days_comes_once_on_each(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001")
    await begins(payme, clock, "5f3a", "1001")
    clock.advance(hours=6)
    await payme.says("CancelTransaction", id="5f3a", reason=3)
    await shop.amends("1001", amount=600_00)
    assert await found(shop, f"500.00 {DAY}") == ["1001"]  # as it was tried
    assert await found(shop, f"600.00 {DAY}") == ["1001"]  # as it is
    clock.advance(days=2)
    await begins(payme, clock, "5f3b", "1001", 600_00)
    assert await found(shop, f"600.00 {DAY}") == ["1001"]
    assert await found(shop, DAY) == ["1001"]
    assert await found(shop, "600.00 2026-11-30") == ["1001"]
    assert await found(shop, "500.00 2026-11-30") == []


async def test_a_balance_comes_once_however_often_it_was_paid(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("user-7", None, kind="accumulative")
    names = count()
    for account in ("user-7", "1001", "user-7", "user-7"):
        if account == "1001":
            await shop.opens("1001")
        await begins(payme, clock, f"5f{next(names)}", account)
        clock.advance(minutes=1)
    assert await found(shop, f"500.00 {DAY}") == ["user-7", "1001"]
    first = await page(shop, f"500.00 {DAY}", limit=1)
    second = await page(shop, f"500.00 {DAY}", limit=1, cursor=first["next"])
    assert ([order["account"] for order in second["items"]], second["next"]) == (["1001"], None)


async def test_pages_go_from_the_newest_to_the_oldest_without_a_gap(shop: Shop, payme: Payme, clock: Clock):
    for number in range(7):
        await shop.opens(str(number))
        if number % 2:
            await begins(payme, clock, f"5f{number}", str(number))
        clock.advance(milliseconds=number % 3)  # some are equally old
    listed: list[str] = []
    cursor: str | None = ""
    for _ in range(4):
        part = await page(shop, DAY, limit=2, cursor=cursor)
        listed += [order["account"] for order in part["items"]]
        cursor = part["next"]
    assert cursor is None
    assert sorted(listed) == [str(number) for number in range(7)]
    assert listed == await found(shop, DAY)


async def test_many_payments_of_one_number_are_paged(shop: Shop, click: Click, clock: Clock):
    for number in range(5):
        await shop.opens(str(number))
        await click.pays(str(number), click_paydoc_id=777)
        clock.advance(seconds=1)
    first = await page(shop, "777", limit=3)
    second = await page(shop, "777", limit=3, cursor=first["next"])
    accounts = [[order["account"] for order in part["items"]] for part in (first, second)]
    assert (accounts, second["next"]) == ([["4", "3", "2"], ["1", "0"]], None)


@with_test_mode
async def test_each_mode_finds_its_own(shop: Shop, payme: Payme, clock: Clock):
    test_shop, test_payme = shop.with_token(TEST_TOKEN), payme.with_key(SETTINGS["PAYME_TEST_KEY"])
    await shop.opens("1001")
    await test_shop.opens("1001", 700_00)
    await begins(payme, clock, "live", "1001")
    await begins(test_payme, clock, "tried", "1001", 700_00)
    for each, own, other, amount in ((shop, "live", "tried", 500_00), (test_shop, "tried", "live", 700_00)):
        for text in ("1001", own, DAY, f"{amount} {DAY}"):
            assert [order["amount"] for order in (await page(each, text))["items"]] == [amount]
        assert await found(each, other) == []
        assert await found(each, f"{120_000 - amount} {DAY}") == []


TEXT = "must be 1-255 characters, none of them a control character, and not only spaces"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (
            "find=" + "a" * 256,
            "find",
            TEXT,
        ),
        ("find=a%00b", "find", TEXT),
        ("find=%20", "find", TEXT),
        ("find=a&find=b", "find", "came twice"),
        ("find=a&state=paid", "state", "cannot be combined with find: leave one of them out"),
    ],
)
async def test_what_cannot_be_looked_for_is_said(shop: Shop, query: str, field: str, message: str):
    status, _, problem = await shop.calls("GET", f"/api/v1/orders?{query}")
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])


NOBODYS = [
    "9" * 255,
    "1" * 19,
    "0",
    "-1",
    "54321:",
    "54321:1:",
    "0001-01-01",
    "9999-12-31",
    "'; --",
    "%",
    "_",
    "a\\",
    "é",
]


@pytest.mark.parametrize("text", NOBODYS)
async def test_what_nothing_goes_by_is_an_empty_page(shop: Shop, click: Click, text: str):
    await shop.opens("1001")
    await click.prepares("1001")
    assert await page(shop, text) == {"test": False, "items": [], "next": None}


async def test_nothing_to_look_for_is_the_whole_list(shop: Shop):
    order = await shop.opens("1001")
    assert await shop.lists("?find=") == {"test": False, "items": [order], "next": None}
