"""Test mode: a shop's trial payments are apart from its payments, at every interface, in whatever the key allows."""

from pathlib import Path

import pytest

from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, new_id
from tests.conftest import SETTINGS
from tests.log_records import logged

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"
BOTH = Path(__file__).with_name("both_modes.toml")
"""A shop with two services at Click, one for each mode."""

TRIALS = {"API_TEST_TOKEN": TEST_TOKEN, "PAYME_SANDBOX": "1"}
AT_CLICK = {name: None for name in SETTINGS if name.startswith("CLICK")}

pytestmark = pytest.mark.settings(**TRIALS)


@pytest.fixture
def trial_shop(shop):
    return shop.with_token(TEST_TOKEN)


@pytest.fixture
def trial_payme(payme):
    return payme.with_key(SETTINGS["PAYME_TEST_KEY"])


async def pays(payme, clock, account="1001"):
    payment = new_id()
    await payme.creates(payment, to_ms(clock()), account)
    assert (await payme.performs(payment))["state"] == 2
    return payment


async def test_a_test_order_is_opened_by_a_test_token_and_says_so(shop, trial_shop):
    assert (await trial_shop.opens("1001", OK))["test"] is True
    assert (await shop.opens("1002", OK))["test"] is False


async def test_neither_token_sees_the_others_orders(shop, trial_shop):
    await trial_shop.opens("trial", OK)
    await shop.opens("real", OK)
    for caller, own, others, test in ((shop, "real", "trial", False), (trial_shop, "trial", "real", True)):
        page = await caller.lists()
        assert ([order["account"] for order in page["items"]], page["test"]) == ([own], test)
        for method, path in (("GET", ""), ("GET", "/payments"), ("POST", "/cancel"), ("POST", "/deliver")):
            refused = await caller.refused(method, f"/api/v1/orders/{others}{path}")
            assert refused == (404, "order_not_found")


async def test_the_same_account_may_stand_in_both(shop, trial_shop, payme, trial_payme, clock):
    await shop.opens("1001", OK)
    await trial_shop.opens("1001", OK)
    await pays(trial_payme, clock)
    assert [(await caller.shows("1001"))["state"] for caller in (shop, trial_shop)] == ["awaiting", "paid"]
    await pays(payme, clock)
    assert (await shop.shows("1001"))["state"] == "paid"


async def test_one_idempotency_key_is_two_in_two_modes(shop, trial_shop):
    order = {"account": "1001", "amount": OK}
    answers = [
        await caller.calls("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": "same"})
        for caller in (shop, trial_shop)
    ]
    assert [(answer.status, answer.body["test"]) for answer in answers] == [(201, False), (201, True)]


async def test_a_page_of_payments_says_which_mode_it_is(shop, trial_shop):
    for caller, test in ((shop, False), (trial_shop, True)):
        await caller.opens("1001", OK)
        assert (await caller.calls("GET", "/api/v1/orders/1001/payments")).body["test"] is test


async def test_paymes_live_key_knows_no_test_order(payme, trial_shop, clock):
    await trial_shop.opens("1001", OK)
    assert await payme.checks("1001", OK) == -31050
    assert await payme.creates(new_id(), to_ms(clock()), "1001") == -31050


async def test_paymes_test_key_knows_no_live_order(trial_payme, shop, clock):
    await shop.opens("1001", OK)
    assert await trial_payme.checks("1001", OK) == -31050
    assert await trial_payme.creates(new_id(), to_ms(clock()), "1001") == -31050
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("own", ["live", "trial"])
async def test_neither_key_knows_the_others_transactions(payme, trial_payme, shop, trial_shop, clock, own):
    caller, key, other = (shop, payme, trial_payme) if own == "live" else (trial_shop, trial_payme, payme)
    await caller.opens("1001", OK)
    payment = await pays(key, clock)
    for method, params in (("PerformTransaction", {}), ("CancelTransaction", {"reason": 5}), ("CheckTransaction", {})):
        assert await other.says(method, id=payment, **params) == -31003
    receipt = {"type": "PERFORM", "fiscal_data": {"receipt_id": 1}}
    assert await other.says("SetFiscalData", id=payment, **receipt) == -32001
    assert (await key.looks_at(payment))["state"] == 2


async def test_one_transaction_id_may_come_in_both_modes(payme, trial_payme, shop, trial_shop, clock):
    for caller, key in ((shop, payme), (trial_shop, trial_payme)):
        await caller.opens("1001", OK)
        assert (await key.creates("5305e3bab097f420a62ced0b", to_ms(clock()), "1001"))["state"] == 1


async def test_a_statement_is_of_one_mode(payme, trial_payme, shop, trial_shop, clock):
    ids = []
    for caller, key in ((shop, payme), (trial_shop, trial_payme)):
        await caller.opens("1001", OK)
        ids.append(await pays(key, clock))
    period = {"from_": to_ms(clock()) - 1, "to": to_ms(clock()) + 1}
    for key, own in zip((payme, trial_payme), ids, strict=True):
        statement = await key.says("GetStatement", **period)
        assert [entry["id"] for entry in statement["transactions"]] == [own]


async def test_links_of_a_test_order_lead_to_paymes_test_site(shop, trial_shop):
    for caller, site in ((shop, "https://checkout.paycom.uz/"), (trial_shop, "https://test.paycom.uz/")):
        assert (await caller.opens("1001", OK))["links"]["payme"].startswith(site)


@pytest.mark.settings(PAYME_SANDBOX=None)
async def test_without_the_sandbox_a_test_order_has_no_link_to_payme(trial_shop, trial_payme):
    assert (await trial_shop.opens("1001", OK))["links"] == {}
    assert await trial_payme.checks("1001", OK) == -32504


@pytest.mark.settings(CLICK_TEST="1")
async def test_a_test_service_of_clicks_sees_test_orders_only(click, shop, trial_shop):
    await shop.opens("real")
    await trial_shop.opens("trial")
    assert (await click.prepares("real"))["error"] == -5
    assert (await click.completes("1", "real"))["error"] == -5
    await click.pays("trial")
    assert (await trial_shop.shows("trial"))["state"] == "paid"
    assert [
        ("click" in (await caller.shows(account))["links"])
        for caller, account in ((shop, "real"), (trial_shop, "trial"))
    ] == [False, True]


async def test_a_live_service_of_clicks_sees_no_test_orders(click, trial_shop):
    await trial_shop.opens("1001")
    assert (await click.prepares("1001"))["error"] == -5


@pytest.mark.settings(CLICK_PLAYGROUND="1")
async def test_where_a_call_came_from_decides_nothing(click, trial_shop, shop):
    """Click's own test page is a page: it calls the service that the shop has."""
    await trial_shop.opens("1001")
    async with click.http.post(
        click.url, data=click.form("1001"), headers={"Origin": "https://docs.click.uz"}
    ) as response:
        assert (await response.json())["error"] == -5


@pytest.mark.settings(**AT_CLICK, TIYIN_CONFIG=str(BOTH))
async def test_two_services_of_one_shop_at_one_address(gateway, http, shop):
    """The form says which it is for, and is held against that one's secret."""
    live, trial = (
        shop.with_token("toys-token-0123456789-abcdefghijklmnop"),
        shop.with_token("toys-trials-0123456789-abcdefghijklmno"),
    )
    await live.opens("1001")
    await trial.opens("1001")
    url = gateway.make_url("/payment/callback/click/toys")
    of_live, of_trial = Click(http, url, 99, "toys-click-secret"), Click(http, url, 100, "toys-trial-secret")
    links = [(await caller.shows("1001"))["links"]["click"] for caller in (live, trial)]
    assert ["service_id=99" in links[0], "service_id=100" in links[1]] == [True, True]
    await of_trial.pays("1001")
    assert [(await caller.shows("1001"))["state"] for caller in (live, trial)] == ["awaiting", "paid"]
    await of_live.pays("1001")
    assert (await live.shows("1001"))["state"] == "paid"
    assert (await Click(http, url, 100, "toys-click-secret").prepares("1001"))["error"] == -1
    assert (await Click(http, url, 101, "toys-click-secret").prepares("1001"))["error"] == -8


async def test_events_say_which_mode_they_are_of(shop, trial_shop, payme, trial_payme, clock):
    for caller, key in ((shop, payme), (trial_shop, trial_payme)):
        await caller.opens("1001", OK)
        await pays(key, clock)
    told = await shop.reads("SELECT payload ->> 'type', payload ->> 'test' FROM outbox ORDER BY transition_id")
    assert sorted(map(tuple, told)) == [
        (event, test) for event in ("payment.created", "payment.paid") for test in ("false", "true")
    ]


@pytest.mark.settings(CLICK_TEST="1")
async def test_a_test_debit_that_is_refused_counts_for_nothing(click, trial_shop, metrics, caplog):
    await trial_shop.opens("1001")
    prepared = await click.prepares("1001")
    assert (await click.completes(prepared["merchant_prepare_id"], "1001", "499"))["error"] == -2
    assert not [name for name, *_ in await metrics() if name == "tiyin_click_debits_refused_total"]
    (line,) = logged(caplog.records, "click has debited a card for nothing")
    assert (line["shop"], line["test"]) == ("main", True)


async def test_the_journal_keeps_them_apart(trial_payme, payme, journal_rows):
    await trial_payme.checks("1001", OK)
    await payme.checks("1001", OK)
    assert [row.shop for row in await journal_rows(2)] == ["main~test", "main"]


async def test_a_test_perform_that_is_refused_counts_for_nothing(trial_payme, metrics, caplog):
    assert await trial_payme.performs("5f3a") == -31003
    assert not [name for name, *_ in await metrics() if name == "tiyin_payme_performs_refused_total"]
    (line,) = logged(caplog.records, "payme has been refused a payment")
    assert (line["shop"], line["test"]) == ("main", True)
    assert (line["external_id"], line["code"], line["refusal"]) == ("5f3a", -31003, "payment_not_found")


@pytest.mark.parametrize("name", ["main~test", "~test"])
async def test_no_path_leads_to_a_twin(gateway, payme, click, name):
    body = b'{"method":"CheckTransaction","params":{"id":"5f"},"id":3}'
    answer = await payme.sends(body, path=f"/{name}")
    assert answer["error"]["code"] == -32504
    assert (await click.posts(click.form("1001"), path=f"/{name}"))["error"] == -8


async def test_what_test_mode_does_is_logged_and_not_counted(trial_payme, trial_shop, metrics, clock, caplog):
    """Its cabinets try what an operator would be called for: a clock that is wrong by hours, or by minutes."""
    await trial_shop.opens("1001", OK)
    ahead = to_ms(clock()) + 2 * 3_600_000
    assert await trial_payme.creates(new_id(), ahead, "1001") == -31008
    payment = new_id()
    assert (await trial_payme.creates(payment, to_ms(clock()) + 600_000, "1001"))["state"] == 1
    assert (await trial_payme.performs(payment))["state"] == 2
    counted = {name for name, *_ in await metrics() if name.endswith("_total")}
    assert counted.isdisjoint({"tiyin_transitions_total", "tiyin_refusals_total", "tiyin_skewed_payments_total"})


@pytest.mark.settings(CLICK_TEST="1", CLICK_ALLOWED_NETWORKS="10.0.0.0/8", CLICK_ALLOW_LIST="log")
async def test_an_allow_list_is_the_shops(click, trial_shop, caplog):
    await trial_shop.opens("1001")
    assert (await click.prepares("1001"))["error"] == 0
    (warned,) = logged(caplog.records, "address not in the allowed networks")
    assert warned["shop"] == "main"
