"""Bugs that other packages for Click have, each by its name: none of them may be in ours."""

import asyncio

import pytest

NOTHING, PENDING = [(None, "awaiting")], [("pending", "reserved")]
PAID, CANCELLED = [("paid", "paid")], [("cancelled", "awaiting")]


async def test_a_paid_order_can_be_paid_again(click, shop):
    await shop.opens("1001")
    await click.pays("1001")
    assert (await click.prepares("1001"))["error"] == -9
    assert (await click.completes("1", "1001"))["error"] == -6
    assert await shop.states() == PAID


async def test_a_cancelled_attempt_blocks_the_order_for_ever(click, shop):
    await shop.opens("1001")
    for _ in range(3):
        prepared = await click.prepares("1001")
        await click.completes(prepared["merchant_prepare_id"], "1001", error=-5017)
    assert await click.pays("1001")


@pytest.mark.parametrize("price", [1, 1_998, 1_999, 2_000, 3_313_973, 2**31 + 1, 2**53 - 1])
async def test_money_is_a_float_that_loses_or_forgives_a_tiyin(click, shop, price):
    def som(tiyin):
        return f"{tiyin // 100}.{tiyin % 100:02d}"

    await shop.opens("1001", amount=price)
    errors = [(await click.prepares("1001", som(amount)))["error"] for amount in (price - 1, price + 1, price)]
    assert errors == [-2, -2, 0]
    [payment] = (await shop.shows("1001"))["payments"]
    assert payment["amount"] == price


@pytest.mark.parametrize("error", [-2, -3, -500, -5018, -9999, -(2**31) - 1, -(2**63)])
async def test_an_unusual_negative_error_counts_as_paid(click, shop, error):
    await shop.opens("1001")
    prepared = await click.prepares("1001")
    assert (await click.completes(prepared["merchant_prepare_id"], "1001", error=error))["error"] == -9
    assert await shop.states() == CANCELLED


@pytest.mark.parametrize("prepare_id", ["", "0", "1", "1001"])
async def test_complete_without_prepare_pays(click, shop, prepare_id):
    await shop.opens("1001")
    assert (await click.completes(prepare_id, "1001"))["error"] == -6
    assert await shop.states() == NOTHING


@pytest.mark.parametrize("error", [-1, -5017])
async def test_anyone_can_cancel_without_a_signature(click, shop, error):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    assert (await click.completes(prepare_id, "1001", error=error, secret="guess"))["error"] == -1
    assert (await click.completes(prepare_id, "1001", error=error, sign_string=""))["error"] == -1
    assert await shop.states() == PENDING


@pytest.mark.parametrize("amount", ["1000", "1000.0", "1000.00", "1000.000"])
async def test_the_amount_is_parsed_before_it_is_hashed(click, shop, amount):
    await shop.opens("1001", amount=100_000)
    assert await click.pays("1001", amount)


async def test_an_account_of_another_shape_crashes(click):
    for account in ("abc", "9" * 40, "x" * 60_000, "-1", "1.5", "None", "\0", "'", "🧸"):
        assert (await click.prepares(account))["error"] == -5
        assert (await click.completes("1", account))["error"] == -5


async def test_the_same_complete_delivers_the_goods_several_times(click, shop):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    await asyncio.gather(*[click.completes(prepare_id, "1001") for _ in range(4)])
    assert (await shop.events()).count("payment.paid") == 1


@pytest.mark.parametrize(
    ("recut", "error"),
    [
        pytest.param(lambda prepare_id: ("100", f"0{prepare_id}", "500"), -6, id="account and prepare id"),
        pytest.param(lambda prepare_id: ("10", f"00{prepare_id}", "500"), -5, id="an account that is not there"),
        pytest.param(lambda prepare_id: ("1000" + prepare_id[0], prepare_id[1:], "500"), -5, id="the other way"),
        pytest.param(lambda prepare_id: ("1000", prepare_id + "5", "00"), -6, id="prepare id and amount"),
        pytest.param(lambda prepare_id: ("1000", prepare_id[:-1], prepare_id[-1] + "500"), -6, id="amount grown"),
    ],
)
async def test_a_signature_is_good_for_the_same_text_cut_elsewhere(click, shop, recut, error):
    """It has no delimiters: only what is stored shows which cut is right."""
    await shop.opens("100")
    await shop.opens("1000")
    prepare_id = str((await click.prepares("1000"))["merchant_prepare_id"])
    signed = click.form("1000", action="1", merchant_prepare_id=prepare_id)
    account, other_id, amount = recut(prepare_id)
    cut = {"merchant_trans_id": account, "merchant_prepare_id": other_id, "amount": amount}
    assert click.sign(signed | cut) == signed["sign_string"]
    assert (await click.posts(signed | cut))["error"] == error
    assert await shop.states() == [*NOTHING, *PENDING]


async def test_an_account_cut_short_makes_no_amount_larger(click, shop):
    await shop.opens("10")
    signed = click.form("100", "500")
    cut = {"merchant_trans_id": "10", "amount": "0500"}
    assert click.sign(signed | cut) == signed["sign_string"]
    assert (await click.posts(signed | cut))["error"] == -2
    assert await shop.states() == NOTHING
