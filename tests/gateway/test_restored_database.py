"""A gateway on a restored database: it takes no call before `tiyin db restored`, and ends nothing before `--done`."""

from functools import partial

import pytest

from core.restores import RECONCILE
from gateway.http.health import READINESS
from schema.values import to_ms
from tests.actors.payme import creation
from tests.conftest import serving
from tests.log_records import logged
from tests.other_sessions import execute

PAYMENT, PRICE = "5f3a" * 6, 500_00


@pytest.fixture
def sql(database, database_url):
    return partial(execute, database_url)


@pytest.fixture
async def gateway(settings, database, database_url, clock, timeouts, sql):
    """It starts on a database that was restored and is not in use yet."""
    await sql("INSERT INTO restores DEFAULT VALUES")
    async with serving(settings, database_url, clock) as server:
        yield server


async def ready(http, gateway):
    async with http.get(gateway.make_url("/health/ready")) as response:
        return response.status, (await response.json()).get("reason")


async def test_every_call_is_to_be_sent_again(http, gateway, payme, click, shop, clock, caplog, database):
    assert await ready(http, gateway) == (503, "restored")
    (line,) = logged(caplog.records, "not ready")
    assert "tiyin db restored" in line["hint"]
    moment = to_ms(clock())
    calls = {
        "CheckPerformTransaction": {"amount": 5_000_000, "account": {"order_id": "1001"}},
        "CreateTransaction": creation(PAYMENT, moment),
        "PerformTransaction": {"id": PAYMENT},
        "CancelTransaction": {"id": PAYMENT, "reason": 5},
        "CheckTransaction": {"id": PAYMENT},
        "GetStatement": {"from_": 0, "to": moment},
        "SetFiscalData": {"id": PAYMENT, "type": "PERFORM", "fiscal_data": {"receipt_id": 1, "status_code": 0}},
    }
    assert {await payme.says(method, **params) for method, params in calls.items()} == {-32400}
    assert {(await click.prepares("1001"))["error"], (await click.completes(7, "1001"))["error"]} == {-7}
    order = "/api/v1/orders"
    told = [await shop.calls("POST", order, json={"account": "1001", "amount": 5_000_000})]
    told += [await shop.calls("GET", order + path) for path in ("", "/1001", "/1001/payments", "?find=1001")]
    told += [await shop.calls("POST", f"{order}/1001/cancel")]
    assert {answer.status for answer in told} == {503}


async def test_its_journal_gives_no_ids_before(gateway, http, payme, shop):
    assert await ready(http, gateway) == (503, "restored")
    assert await payme.checks() == -32400
    await gateway.close()
    assert await shop.reads("SELECT id FROM exchanges") == []


async def test_a_payment_from_before_is_taken_at_any_age_and_ends_once_reconciled(
    http, gateway, payme, shop, clock, sql, caplog
):
    await sql("UPDATE restores SET resumed_at = now(), first_payment_id = 2147483000")
    assert await ready(http, gateway) == (200, None)
    (line,) = logged(caplog.records, "restored database is to be reconciled")
    assert line["hint"] == RECONCILE
    for account, payment in (("1001", PAYMENT), ("1002", PAYMENT[::-1])):
        await shop.opens(account, PRICE)
        await payme.creates(payment, to_ms(clock()), account, PRICE)
    clock.advance(hours=40)
    assert (await payme.looks_at(PAYMENT))["state"] == 1
    assert (await payme.performs(PAYMENT))["state"] == 2
    await sql("UPDATE restores SET reconciled_at = now()")
    await gateway.app[READINESS].obstacle()
    assert await payme.performs(PAYMENT[::-1]) == -31008
    assert await shop.states() == [("paid", "paid"), ("cancelled", "awaiting")]
