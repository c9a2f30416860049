"""The harness is believed because it finds what is wrong: rows that disagree with the answers that callers got."""

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.connection import connect
from tests.faults.harness.history import Call
from tests.faults.harness.traffic import traffic
from tests.wire import Strike

LOSSES = {
    "a payment": "DELETE FROM payments WHERE id = (SELECT max(id) FROM payments WHERE provider = 'payme')",
    "an attempt": "DELETE FROM payments WHERE id = (SELECT max(id) FROM payments WHERE provider = 'click')",
    "an order": "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)",
    "a performance": "UPDATE payments SET state = 'pending', performed_at = NULL WHERE state = 'paid'",
    "a cancellation": "UPDATE payments SET state = 'paid', cancelled_at = NULL WHERE state = 'reversed'",
    "a millisecond": "UPDATE payments SET performed_at = performed_at + interval '1 ms' WHERE state = 'paid'",
    "a moment of opening": "UPDATE payments SET created_at = created_at - interval '1 ms'",
    "an amount": "UPDATE orders SET amount = amount + 1",
}


@pytest.fixture
async def filled(program, database_url, http, parties, history) -> None:
    """A database with some of everything."""
    async with program.serving(http, database_url) as gateway, traffic(parties(gateway.url), 4, SEED) as busy:
        await busy.goes_on(30)


async def test_true_rows_agree(filled, history, database_url):
    await history.agrees_with(database_url)
    assert history.counted()["done"] > 100


@pytest.mark.parametrize("lost", LOSSES)
async def test_what_was_acknowledged_and_lost_is_found(filled, history, database_url, lost):
    await forged(database_url, LOSSES[lost])
    with pytest.raises(AssertionError):
        await history.agrees_with(database_url)


async def test_what_nobody_asked_for_is_found(filled, history, database_url):
    history.calls = [call for call in history.calls if call.method != "PerformTransaction"]
    with pytest.raises(AssertionError, match="nobody asked for"):
        await history.agrees_with(database_url)


async def test_what_was_refused_and_done_all_the_same_is_found(filled, history, database_url):
    history.calls = [
        Call(call.party, call.method, call.about, -31008) if call.method == "PerformTransaction" else call
        for call in history.calls
    ]
    with pytest.raises(AssertionError, match="was refused, and is in the database"):
        await history.agrees_with(database_url)


async def test_a_complete_that_is_called_a_repeat_and_is_none_is_found(filled, history, database_url):
    history.calls = [
        Call(call.party, call.method, call.about, {**call.answer, "error": -4}) if call.method == "Complete" else call
        for call in history.calls
    ]
    with pytest.raises(AssertionError, match="nobody can have heard 0"):
        await history.agrees_with(database_url)


async def test_what_was_not_answered_may_be_either(filled, history, database_url):
    history.calls = [
        Call(call.party, call.method, call.about, None if call.method == "PerformTransaction" else call.answer)
        for call in history.calls
    ]
    await history.agrees_with(database_url)


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_a_strike_kills_the_gateway_at_the_message_that_is_named(
    program, near_end, cable, http, parties, answered
):
    async with program.serving(http, near_end) as gateway:
        party = parties(gateway.url)
        await party.opens("1001")
        cable.strike = Strike(5, gateway.kill, answered)
        assert (await party.creates("5f3a", "1001", to_ms(wall_clock()))).word is None
        assert await gateway.ended() == -9
        assert cable.strike.struck is not None


async def forged(database_url: str, statement: str) -> None:
    """Change the rows behind everybody's back, against every constraint."""
    connection = await connect(database_url, session_replication_role="replica")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
