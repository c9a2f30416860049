"""What is counted."""

import asyncio
import threading

import pytest

from gateway.observability.metrics import Metrics
from schema.values import to_ms
from tests.actors.payme import OK, creation

PERFORMS_REFUSED = "tiyin_payme_performs_refused_total"
DEBITS_REFUSED = "tiyin_click_debits_refused_total"


async def test_calls_are_counted_by_interface_method_and_code(payme, metrics):
    for _ in range(3):
        await payme.says("CheckTransaction", id="5f3a")
    now = await metrics()
    assert now["tiyin_requests_total", "-31003", "payme", "CheckTransaction"] == 3
    assert now["tiyin_request_seconds_count", "payme", "CheckTransaction"] == 3
    assert now["tiyin_refusals_total", "payment_not_found"] == 3


async def test_invented_methods_are_one_label(payme, metrics):
    for number in range(20):
        await payme.says(f"Invented{number}")
    now = await metrics()
    assert now["tiyin_requests_total", "-32601", "payme", "other"] == 20
    assert not [sample for sample in now if "Invented" in "".join(sample)]


async def test_a_path_of_no_interface_is_counted(http, gateway, metrics):
    await http.post(gateway.make_url("/payment/callback/paymee"), data=b"{}")
    assert (await metrics())["tiyin_requests_total", "404", "none", "other"] == 1


async def test_a_payment_is_counted_transition_by_transition(payme, shop, metrics, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    await payme.performs("5f3a")
    now = await metrics()
    transitions = {tuple(labels): value for (name, *labels), value in now.items() if name == "tiyin_transitions_total"}
    assert transitions == {("shop", "open"): 1, ("payme", "create"): 1, ("payme", "perform"): 1}
    assert now["tiyin_batch_commands_sum",] == 3
    assert now["tiyin_queue_depth",] == 0


async def test_payments_whose_time_is_far_from_ours_are_counted(payme, click, shop, metrics, clock):
    await shop.opens("1001", None, kind="accumulative")
    for name, ahead in (("a", 120_000), ("b", 120_001), ("c", 3_600_000), ("d", -120_000), ("e", -120_001)):
        await payme.says_twice("CreateTransaction", **creation(name, to_ms(clock.now()) + ahead))
        await payme.performs(name)
    await click.prepares("1001")
    now = await metrics()
    skewed = {tuple(labels): value for (name, *labels), value in now.items() if name == "tiyin_skewed_payments_total"}
    assert skewed == {("ahead", "payme"): 2, ("behind", "payme"): 1}


async def test_a_payment_that_is_refused_for_its_time_is_a_refusal(payme, shop, metrics, clock):
    await shop.opens("1001", OK)
    assert await payme.creates("a", to_ms(clock.now()) + 3_600_001) == -31008
    now = await metrics()
    assert now["tiyin_refusals_total", "payment_from_future"] == 1
    assert not [sample for sample in now if sample[0] == "tiyin_skewed_payments_total"]


@pytest.mark.parametrize("name", ["tiyin_journal_dropped_total", "tiyin_log_dropped_total"])
async def test_what_is_lost_is_shown_from_the_beginning(metrics, name):
    assert (await metrics())[name,] == 0


async def test_the_request_for_metrics_is_in_flight_itself(metrics):
    assert (await metrics())["tiyin_in_flight",] == 1


async def test_all_who_ask_at_once_are_answered_by_one_page(monkeypatch):
    """Anybody may ask: their connections must not wait for each other's pages. One who goes harms no other."""
    rendered, finish = [], threading.Event()

    def page(_: Metrics) -> bytes:
        rendered.append(1)
        finish.wait()
        return b"page"

    monkeypatch.setattr(Metrics, "page", page)
    metrics = Metrics()
    gone, *asking = [asyncio.create_task(metrics.shared_page()) for _ in range(100)]
    await asyncio.sleep(0)
    gone.cancel()
    finish.set()
    assert await asyncio.gather(*asking) == [b"page"] * 99
    assert len(rendered) == 1
    assert await metrics.shared_page() == b"page"
    assert len(rendered) == 2


async def test_debits_of_clicks_that_paid_for_nothing_are_counted(click, shop, metrics):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    await click.completes(prepare_id, "1001", "499")
    await click.completes(prepare_id, "1001", secret="a stranger's")
    await click.completes(prepare_id, "1001", error=5017)
    await click.completes(prepare_id, "1001", error=-5017)
    await click.completes(prepare_id, "1001")
    await click.completes("999999999", "1001")
    await click.completes("1", "nobody")
    counted = {tuple(rest): n for (name, *rest), n in (await metrics()).items() if name == DEBITS_REFUSED}
    assert counted == {(code, "main"): 1 for code in ("-2", "-9", "-6", "-5")}


async def test_performs_of_paymes_that_were_refused_are_counted(payme, shop, metrics, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(minutes=10)
    await shop.releases("1001")
    await payme.performs("5f3a")
    await payme.performs("5f3b")
    await payme.with_key("a stranger's").performs("5f3a")
    await payme.says("PerformTransaction", id=7)
    await payme.cancels("5f3a", 3)
    await payme.creates("5f3c", to_ms(clock.now()))
    await payme.says_twice("PerformTransaction", id="5f3c")
    counted = {tuple(rest): n for (name, *rest), n in (await metrics()).items() if name == PERFORMS_REFUSED}
    assert counted == {("-31008", "main"): 1, ("-31003", "main"): 1}
