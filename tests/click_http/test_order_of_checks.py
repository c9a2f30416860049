"""Each check wins over all that come after it (Click, "SHOP API", order of checks); ids are the rows of that table."""

import pytest

PRICE = "500"
FOREIGN_SERVICE = {"service_id": "54322"}
WRONG_SIGNATURE = {"secret": "another-secret"}

PREPARE = [
    pytest.param({"error_note": None}, -8, id="O1"),
    pytest.param(WRONG_SIGNATURE, -1, id="O2"),
    pytest.param({"action": "2"}, -3, id="O3"),
    pytest.param(FOREIGN_SERVICE, -8, id="O4"),
    pytest.param({"merchant_trans_id": "nobody"}, -5, id="O6"),
    pytest.param({"error": "-1"}, -9, id="O7f"),
    pytest.param({"amount": "499"}, -2, id="O7g"),
    pytest.param({}, 0, id="O7i"),
]
COMPLETE = [
    pytest.param({"error_note": None}, -8, id="O1"),
    pytest.param(WRONG_SIGNATURE, -1, id="O2"),
    pytest.param(FOREIGN_SERVICE, -8, id="O4"),
    pytest.param({"merchant_trans_id": "nobody"}, -5, id="O6"),
    pytest.param({"merchant_prepare_id": "999999999"}, -6, id="O8a"),
    pytest.param({"amount": "499"}, -2, id="O8d"),
    pytest.param({}, 0, id="O8e"),
]
FAILED = [
    pytest.param({"error_note": None}, -8, id="O1"),
    pytest.param(WRONG_SIGNATURE, -1, id="O2"),
    pytest.param(FOREIGN_SERVICE, -8, id="O4"),
    pytest.param({"merchant_trans_id": "nobody", "merchant_prepare_id": "no", "amount": "499"}, -9, id="O5d"),
    pytest.param({}, -9, id="O5c"),
]

NO_ACTIONS = ["2", "-1", "", "00", "0 ", "prepare", "1.0", "１"]
NO_NUMBERS = ["", "abc", "1.5", "1e3", "NaN", "٣", " 1", "+1", "9" * 19, "9" * 5_000, "\0"]
NO_SERVICES = ["54322", "054321", "54321.0", " 54321", "-54321", "", "abc"]
NO_IDS = ["", "0", "-1", "abc", "1.0", "007", "999999999", "2147483648", "9" * 10, "9" * 5_000, "1.23E15", "\0"]
UNKNOWN_ACCOUNTS = ["nobody", "1001x", " 1001", "1001 ", "", "0", "a\0b", "a\nb", "x" * 256, "x" * 40_000]
TEXTS = ["Договор №7", "O'zbek-ўзбек", "🧸", "\u202eabc", "a b+c&d=e%", "'; DROP TABLE orders;--", "x" * 255]


def wrong_from_here_on(rows, first):
    """Everything that the first row and those below it find wrong, at once."""
    mistakes = {}
    for row in reversed(rows[rows.index(first) :]):
        mistakes |= row.values[0]
    return mistakes


def stairs(rows):
    return [pytest.param(wrong_from_here_on(rows, row), row.values[1], id=row.id) for row in rows]


@pytest.mark.parametrize(("mistakes", "error"), stairs(PREPARE))
async def test_prepare_is_refused_for_the_first_thing_wrong(click, shop, mistakes, error):
    await shop.opens("1001")
    fields = {"account": "1001", "amount": PRICE} | mistakes
    assert (await click.prepares(**fields))["error"] == error
    assert await shop.states() == ([("pending", "reserved")] if error == 0 else [(None, "awaiting")])


@pytest.mark.parametrize(("mistakes", "error"), stairs(COMPLETE))
async def test_complete_is_refused_for_the_first_thing_wrong(click, shop, mistakes, error):
    await shop.opens("1001")
    prepared = await click.prepares("1001")
    fields = {"prepare_id": prepared["merchant_prepare_id"], "account": "1001", "amount": PRICE} | mistakes
    assert (await click.completes(**fields))["error"] == error
    assert await shop.states() == ([("paid", "paid")] if error == 0 else [("pending", "reserved")])


@pytest.mark.parametrize(("mistakes", "error"), stairs(FAILED))
async def test_a_failure_is_refused_for_the_first_thing_wrong(click, shop, mistakes, error):
    await shop.opens("1001")
    prepared = await click.prepares("1001")
    fields = {"prepare_id": prepared["merchant_prepare_id"], "account": "1001", "error": -5017} | mistakes
    assert (await click.completes(**fields))["error"] == error
    assert await shop.states() == ([("pending", "reserved")] if mistakes else [("cancelled", "awaiting")])


async def test_the_prepare_id_is_required_in_complete_only(click, shop):
    await shop.opens("1001")
    assert (await click.prepares("1001", merchant_prepare_id=None))["error"] == 0
    assert (await click.completes(None, "1001"))["error"] == -8
    assert (await click.completes(None, "1001", error=-1))["error"] == -8


async def test_another_action_is_not_known(click, shop):
    await shop.opens("1001")
    answers = {action: (await click.prepares("1001", action=action))["error"] for action in NO_ACTIONS}
    assert answers == dict.fromkeys(NO_ACTIONS, -3)


@pytest.mark.parametrize("field", ["click_trans_id", "error"])
async def test_what_is_no_number_is_malformed(click, shop, field):
    await shop.opens("1001")
    for number in NO_NUMBERS:
        assert (await click.prepares("1001", **{field: number}))["error"] == -8
        assert (await click.completes("1", "1001", **{field: number}))["error"] == -8
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("number", [*NO_NUMBERS, "0", "-1"], ids=lambda number: repr(number)[:12])
async def test_a_payment_may_come_without_a_number(click, shop, number):
    await shop.opens("1001")
    await click.prepares("1001", click_paydoc_id=number)
    newer = await click.prepares("1001", click_paydoc_id=number)
    assert (await click.completes(newer["merchant_prepare_id"], "1001", click_paydoc_id=number))["error"] == 0
    assert await shop.states() == [("cancelled", "paid"), ("paid", "paid")]
    assert await shop.reads("SELECT click_paydoc_id FROM payments WHERE shop = 'main'") == [(None,), (None,)]


@pytest.mark.parametrize("error", ["1", "5017", str(2**63 - 1)])
async def test_an_error_above_zero_is_no_success(click, shop, error):
    await shop.opens("1001")
    prepared = await click.prepares("1001")
    assert (await click.completes(prepared["merchant_prepare_id"], "1001", error=error))["error"] == -8
    assert await shop.states() == [("pending", "reserved")]


async def test_only_our_own_service_as_it_is_written(click, shop):
    await shop.opens("1001")
    answers = {service: (await click.prepares("1001", service_id=service))["error"] for service in NO_SERVICES}
    assert answers == dict.fromkeys(NO_SERVICES, -8)


async def test_an_order_that_is_not_there(click, shop):
    await shop.opens("1001")
    for account in UNKNOWN_ACCOUNTS:
        assert (await click.prepares(account))["error"] == -5
        assert (await click.completes("1", account))["error"] == -5
        assert (await click.completes("1", account, error=-5017))["error"] == -9


async def test_a_prepare_id_that_is_none_of_ours(click, shop):
    await shop.opens("1001")
    await click.prepares("1001")
    for prepare_id in NO_IDS:
        assert (await click.completes(prepare_id, "1001"))["error"] == -6
        assert (await click.completes(prepare_id, "1001", error=-5017))["error"] == -9
    assert await shop.states() == [("pending", "reserved")]


async def test_a_prepare_id_of_another_order(click, shop):
    await shop.opens("1001")
    await shop.opens("1002")
    prepared = await click.prepares("1001")
    assert (await click.completes(prepared["merchant_prepare_id"], "1002"))["error"] == -6
    assert (await click.completes(prepared["merchant_prepare_id"], "1002", error=-5017))["error"] == -9
    assert await shop.states() == [(None, "awaiting"), ("pending", "reserved")]


async def test_an_order_may_be_known_by_any_text(click, shop):
    for account in TEXTS:
        await shop.opens(account)
        assert await click.pays(account)
    assert await shop.states() == [("paid", "paid")] * len(TEXTS)
