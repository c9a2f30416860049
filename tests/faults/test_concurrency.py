"""Two gateways, two processes, one database: equal calls have one effect, rivals have one winner.

Nothing here may need the second guard: while callers race for orders that exist, no save finds a row other than it was
read. That is what catches a missing lock, which the compare-and-set and the unique indexes would cover up.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from random import Random

import pytest

from core.connection_pools import pools
from core.facade import Core
from core.jobs.expiry_sweeper import ExpirySweeper
from core.observer import NullObserver
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.concurrent_callers import ConcurrentCallers, Reply, api, callers_at, complete, payme, prepare
from tests.faults.harness.connection import connect
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.scenario import database_errors as errors_in
from tests.gateway.conftest import read_metrics

AT_ONCE, PAYMENTS, RIVALS, ROUNDS = 64, 100, 200, 12
PRICE = 500_00
BUSY, PAID, CANNOT, DELIVERED = -31053, -31051, -31008, -31007

Unneeded = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(autouse=True)
async def sound(database_url, shared_clock) -> AsyncIterator[None]:
    """Whatever the race, the invariants hold afterwards."""
    yield
    await assert_invariants_hold(database_url, shared_clock.now())


@pytest.fixture
async def urls(http, program, database_url, shared_clock) -> AsyncIterator[list[str]]:
    """Of two gateways."""
    clock = {"TIYIN_TEST_CLOCK": str(shared_clock.path)}
    async with program.serving(http, database_url, **clock) as one, program.serving(http, database_url, **clock) as two:
        yield [one.url, two.url]


@pytest.fixture
async def callers(urls) -> AsyncIterator[ConcurrentCallers]:
    async with callers_at(urls, AT_ONCE) as callers:
        yield callers


@pytest.fixture
async def reads(database_url) -> AsyncIterator[Callable[[str], Awaitable[list[tuple]]]]:
    """Rows of the database."""
    connection = await connect(database_url)

    async def read(statement: str) -> list[tuple]:
        return [tuple(row) for row in await connection.fetch(statement)]

    yield read
    await connection.close()


class Beside(NullObserver):
    """Counts the database errors of a core that runs beside the gateways."""

    def __init__(self) -> None:
        self.errors: Counter[str] = Counter()

    def database_error(self, kind: str) -> None:
        self.errors[kind] += 1


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
def database_errors(http, urls, beside) -> Callable[[], Awaitable[Counter[str]]]:
    """All that were counted, by kind."""

    async def count_them() -> Counter[str]:
        counted = Counter(beside.errors)
        for url in urls:
            counted.update(errors_in(await read_metrics(http, f"{url}/metrics")))
        return counted

    return count_them


@pytest.fixture
def second_guard_unneeded(database_errors) -> Unneeded:
    """For as long as the context lasts, no gateway lost a race."""

    @asynccontextmanager
    async def unneeded() -> AsyncIterator[None]:
        before = await database_errors()
        yield
        lost = (await database_errors())["lost_race"] - before["lost_race"]
        assert not lost, f"{lost} times a row was not as it was read, although its order was locked"

    return unneeded


@pytest.fixture
def opened(callers) -> Callable[[int], Awaitable[list[str]]]:
    """New orders."""
    numbers = count(1)

    async def opens(many: int) -> list[str]:
        accounts = [str(next(numbers)) for _ in range(many)]
        for start in range(0, many, AT_ONCE):
            said = [api("/orders", {"account": a, "amount": PRICE}) for a in accounts[start : start + AT_ONCE]]
            assert {reply.status for reply in await callers.send(said)} == {201}
        return accounts

    return opens


@pytest.fixture
def now(shared_clock) -> int:
    return to_ms(shared_clock.now())


def creation(payment: str, now: int, account: str) -> bytes:
    return payme("CreateTransaction", id=payment, time=now, amount=PRICE, account={"order_id": account})


def payme_id(number: int) -> str:
    return f"{number:024x}"


def all_equal(replies: list[Reply]) -> Reply:
    assert {reply.body for reply in replies} == {replies[0].body}
    return replies[0]


async def test_equal_calls_of_payme_have_one_effect_and_one_answer(
    callers, opened, reads, now, shared_clock, second_guard_unneeded
):
    accounts = await opened(PAYMENTS)
    async with second_guard_unneeded():
        for number, account in enumerate(accounts):
            check = payme("CheckPerformTransaction", amount=PRICE, account={"order_id": account})
            assert all_equal(await callers.send_to_all(check)).json["result"] == {"allow": True}
            payment = payme_id(number)
            calls = [
                (creation(payment, now, account), 1),
                (payme("PerformTransaction", id=payment), 2),
                (payme("CancelTransaction", id=payment, reason=5), -2),
                (payme("CheckTransaction", id=payment), -2),
            ]
            for call, state in calls:
                first = all_equal(await callers.send_to_all(call))
                assert first.word == state
                shared_clock.advance(seconds=1)
                all_equal([first, *await callers.send([call, call])])  # a repeat has the first one's times
    assert await reads("SELECT DISTINCT state FROM orders") == [("refunded",)]
    verbs = Counter(await reads("SELECT verb FROM transitions"))
    assert verbs == {(verb,): PAYMENTS for verb in ("open", "create", "perform", "cancel")}
    assert await reads("SELECT count(*) FROM outbox") == [(3 * PAYMENTS,)]


async def test_equal_calls_of_click_take_the_money_once(callers, opened, reads, second_guard_unneeded):
    accounts = await opened(PAYMENTS)
    async with second_guard_unneeded():
        for number, account in enumerate(accounts, 1):
            prepared = all_equal(await callers.send_to_all(prepare(account, number)))
            assert prepared.word == 0
            replies = await callers.send_to_all(complete(account, number, prepared.json["merchant_prepare_id"]))
            assert Counter(reply.word for reply in replies) == {0: 1, -4: AT_ONCE - 1}
    assert await reads("SELECT DISTINCT state FROM orders") == [("paid",)]
    assert await reads("SELECT count(*) FROM payments WHERE state = 'paid'") == [(PAYMENTS,)]
    assert await reads("SELECT count(*) FROM outbox") == [(2 * PAYMENTS,)]


@pytest.mark.parametrize("key", [None, "key-of-"], ids=["without a key", "with a key"])
async def test_equal_openings_make_one_order(callers, reads, key):
    """There is no row to lock yet: here the unique index is the guard, and the losers run again."""
    for number in range(PAYMENTS // 2):
        headers = {} if key is None else {"Idempotency-Key": f"{key}{number}"}
        replies = await callers.send_to_all(api("/orders", {"account": str(number), "amount": PRICE}, **headers))
        all_equal(replies)
        statuses = Counter(reply.status for reply in replies)
        assert statuses == ({201: 1, 200: AT_ONCE - 1} if key is None else {201: AT_ONCE})
    assert await reads("SELECT count(*), count(DISTINCT account) FROM orders") == [(PAYMENTS // 2,) * 2]
    assert await reads("SELECT count(*) FROM transitions") == [(PAYMENTS // 2,)]


SLOW_INSERTS = """
CREATE FUNCTION take_your_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN new; END';
CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION take_your_time();
"""


async def test_the_same_openings_in_opposite_order_do_not_deadlock(callers, reads, database_errors):
    """Batches of two gateways insert the same new keys: the second waits for the first, never each for the other."""
    for statement in SLOW_INSERTS.strip().splitlines():
        await reads(statement)
    half, rounds = AT_ONCE // 2, 5
    for number in range(rounds):
        calls = [api("/orders", {"account": f"{number}-{n}", "amount": PRICE}) for n in range(half)]
        here_and_there = [call for pair in zip(calls, reversed(calls), strict=True) for call in pair]
        replies = await callers.send(here_and_there)
        assert Counter(reply.status for reply in replies) == {201: half, 200: half}
    assert await reads("SELECT count(*) FROM orders") == [(rounds * half,)]
    assert set(await database_errors()) <= {"lost_race"}, "a deadlock, or a wait as long as one"


async def test_one_provider_wins_before_the_card_is_debited(callers, opened, reads, now, second_guard_unneeded):
    winners: Counter[str] = Counter()
    random = Random(SEED)
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(RIVALS), 1):
            payment = payme_id(number)
            rivals = [creation(payment, now, account), prepare(account, number)] * 2
            random.shuffle(rivals)
            replies = await callers.send(rivals)
            paymes = {r.word for call, r in zip(rivals, replies, strict=True) if b"callback/payme" in call}
            clicks = {r.word for call, r in zip(rivals, replies, strict=True) if b"callback/click" in call}
            assert (paymes, clicks) in (({1}, {-9}), ({BUSY}, {0})), "one wins, and all get the same answer"
            winner = "payme" if paymes == {1} else "click"
            winners[winner] += 1
            if winner == "payme":
                assert (await callers.send_one(payme("PerformTransaction", id=payment))).word == 2
            else:
                prepare_id = max(r.json.get("merchant_prepare_id", 0) for r in replies)
                assert (await callers.send_one(complete(account, number, prepare_id))).word == 0
    assert set(winners) == {"payme", "click"}, "that was no race"
    assert await reads("SELECT DISTINCT state FROM orders") == [("paid",)]
    assert await reads("SELECT state, count(*) FROM payments GROUP BY 1") == [("paid", RIVALS)]


async def test_perform_against_cancel_is_one_history(callers, opened, reads, now, second_guard_unneeded):
    accounts = await opened(PAYMENTS)
    outcomes: Counter[tuple[int, int]] = Counter()
    async with second_guard_unneeded():
        for number, account in enumerate(accounts):
            payment = payme_id(number)
            assert (await callers.send_one(creation(payment, now, account))).word == 1
            perform, cancel = payme("PerformTransaction", id=payment), payme("CancelTransaction", id=payment, reason=5)
            first, second = (perform, cancel) if number % 2 else (cancel, perform)
            replies = await callers.send([first, second])
            performed, cancelled = replies if number % 2 else reversed(replies)
            outcomes[performed.word, cancelled.word] += 1
            assert (await callers.send_one(payme("CheckTransaction", id=payment))).word == cancelled.word
    assert set(outcomes) <= {(2, -2), (CANNOT, -1)}
    states = {"reversed": outcomes[2, -2], "cancelled": outcomes[CANNOT, -1]}
    assert dict(await reads("SELECT state, count(*) FROM payments GROUP BY 1")) == {
        s: n for s, n in states.items() if n
    }


async def test_two_ids_for_one_order_have_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            rivals = [creation(payme_id(number * 10 + n), now, account) for n in range(4)]
            replies = await callers.send(rivals)
            assert sorted(reply.word for reply in replies) == [BUSY] * 3 + [1]
    assert await reads("SELECT state, count(*) FROM payments GROUP BY 1") == [("pending", PAYMENTS)]


async def test_newer_attempts_take_the_older_ones_places_together(callers, opened, reads, second_guard_unneeded):
    """One save ends many payments and begins their successors: no order may have two live ones even for a moment."""
    accounts = await opened(AT_ONCE)
    async with second_guard_unneeded():
        for attempt in range(1, 6):
            prepares = [prepare(account, attempt * 1000 + n) for n, account in enumerate(accounts)]
            assert {reply.word for reply in await callers.send(prepares)} == {0}
    states = await reads("SELECT state, count(*) FROM payments GROUP BY 1 ORDER BY 1")
    assert states == [("cancelled", 4 * AT_ONCE), ("pending", AT_ONCE)]


async def test_one_id_for_two_orders_is_one_payment(callers, opened, reads, now):
    """Two orders are two locks: here the unique index is the guard, and the loser runs again."""
    accounts = await opened(PAYMENTS)
    for number, pair in enumerate(zip(accounts[::2], accounts[1::2], strict=True)):
        replies = await callers.send([creation(payme_id(number), now, account) for account in pair])
        assert sorted(reply.word for reply in replies) == [CANNOT, 1]
    assert await reads("SELECT count(*), count(DISTINCT external_id) FROM payments") == [(PAYMENTS // 2,) * 2]


async def test_a_withdrawal_against_a_payment_has_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            replies = await callers.send([creation(payme_id(number), now, account), api(f"/orders/{account}/cancel")])
            assert tuple(reply.word for reply in replies) in {(1, 409), (PAID, 200)}
    rows = "SELECT o.state, count(p.id) FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id"
    assert set(await reads(rows)) <= {("reserved", 1), ("cancelled", 0)}


async def test_handing_over_against_giving_back_has_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            payment = payme_id(number)
            assert (await callers.send_one(creation(payment, now, account))).word == 1
            assert (await callers.send_one(payme("PerformTransaction", id=payment))).word == 2
            calls = [payme("CancelTransaction", id=payment, reason=5), api(f"/orders/{account}/deliver")]
            replies = await callers.send(calls)
            assert tuple(reply.word for reply in replies) in {(-2, 409), (DELIVERED, 200)}
    rows = "SELECT DISTINCT state, delivered_at IS NOT NULL FROM orders"
    assert set(await reads(rows)) <= {("refunded", False), ("paid", True)}


@pytest.fixture
async def sweeper(database_url, shared_clock, beside) -> AsyncIterator[ExpirySweeper]:
    """A third process's, so to say: of a core of its own on the same database."""
    async with pools(database_url) as (payments, reports):
        core = Core(payments, reports, clock=shared_clock, observer=beside)
        yield core.sweeper
        await core.close()


@pytest.mark.parametrize("late", [-1, 0, 1], ids=["a millisecond before", "at the edge", "a millisecond after"])
async def test_perform_at_the_twelfth_hour_with_the_sweeper_at_work(
    callers, opened, reads, now, shared_clock, sweeper, second_guard_unneeded, late
):
    accounts = await opened(AT_ONCE)
    await callers.send([creation(payme_id(n), now, account) for n, account in enumerate(accounts)])
    shared_clock.advance(hours=12, milliseconds=late)
    async with second_guard_unneeded():
        performs = [payme("PerformTransaction", id=payme_id(n)) for n in range(AT_ONCE)]
        _, replies, _ = await asyncio.gather(sweeper.sweep(), callers.send(performs), sweeper.sweep())
    assert {reply.word for reply in replies} == {CANNOT if late > 0 else 2}
    ended = ("cancelled", 4, "awaiting") if late > 0 else ("paid", None, "paid")
    rows = "SELECT DISTINCT p.state, p.reason, o.state FROM payments p JOIN orders o ON o.id = p.order_id"
    assert await reads(rows) == [ended]


async def test_perform_while_the_twelfth_hour_passes_is_paid_or_over(
    callers, opened, reads, shared_clock, sweeper, second_guard_unneeded
):
    """The moment when it passes is sought: where some are still paid, and the others are over already."""
    numbers, pause, contested = count(1), 0.01, 0
    for _ in range(ROUNDS):
        started = to_ms(shared_clock.now())
        payments = {payme_id(next(numbers)): account for account in await opened(AT_ONCE)}
        await callers.send([creation(payment, started, account) for payment, account in payments.items()])
        shared_clock.advance(hours=12)

        async def time_passes(after: float) -> None:
            await asyncio.sleep(after)
            shared_clock.advance(milliseconds=1)
            await sweeper.sweep()

        async with second_guard_unneeded():
            performs = [payme("PerformTransaction", id=payment) for payment in payments]
            _, replies = await asyncio.gather(time_passes(pause), callers.send(performs))
        words_by_payment = {payment: reply.word for payment, reply in zip(payments, replies, strict=True)}
        states = dict(await reads("SELECT external_id, state FROM payments"))
        assert {payment: states[payment] for payment in payments} == {
            payment: {2: "paid", CANNOT: "cancelled"}[word] for payment, word in words_by_payment.items()
        }
        words = set(words_by_payment.values())
        contested += len(words) > 1
        pause *= {frozenset({2}): 0.6, frozenset({CANNOT}): 1.5}.get(frozenset(words), 1)
    assert contested, "that was no race"
