"""A worker's database restarts, fails over, is behind a pooler: what is due is sent, and nothing that may be lost."""

import asyncio

from core.deliveries.queue import LOSSES_MAX
from tests.faults.harness.deliveries import deliveries_in
from tests.faults.harness.pgbouncer import pgbouncer_before
from tests.faults.harness.postgres import TEMPLATE
from tests.faults.harness.standby import WAITING, taken_over
from tests.gateway.conftest import read_metrics

ROLE = "pooled"
RECOVERY_SECONDS = 10
ENDED = {"webhook worker ended", "webhook worker failed"}
LEASES_END = "UPDATE deliveries SET leased_until = now() WHERE leased_until > now()"


async def test_a_restart_of_the_database(working, deliveries, database_url, receiver, server):
    """What a crash forgets of claims and settlings is done again; the process goes on by itself."""
    receiver.gate = asyncio.Event()
    await deliveries.registers()
    async with working(database_url) as worker:
        await deliveries.pays("1001")
        await receiver.receives(1)
        await asyncio.to_thread(server.crash)
        receiver.gate.set()
        await asyncio.to_thread(server.start)
        await deliveries.leases_end()
        await deliveries.are_all(within=RECOVERY_SECONDS)
        assert goes_on(worker)
    assert deliveries.orders() == {"1001": ("payment.created", "payment.paid")}
    assert max(deliveries.times_received().values()) <= 2


async def test_behind_a_pooler(working, deliveries, database_url, receiver, server, place, http):
    """Notices do not pass it: events are looked for more often, and that is said."""
    await deliveries.registers()
    with pgbouncer_before(server, place / "bouncer", ROLE) as bouncer:
        await server.sql(f"CREATE ROLE {ROLE} LOGIN SUPERUSER")
        await server.sql(f"ALTER ROLE {ROLE} SET plan_cache_mode = force_generic_plan")
        async with working(bouncer.url(database_url), DATABASE_POOLED="1") as worker:
            for n in range(10):
                await deliveries.pays(f"s{n}")
            await deliveries.are_all(within=RECOVERY_SECONDS)
            assert (await read_metrics(http, f"{worker.url}/metrics"))["tiyin_bell_lost",] == 1
            bouncer.stop()
            bouncer.start()
            await deliveries.pays("after")
            await deliveries.are_all(within=RECOVERY_SECONDS)
            assert goes_on(worker)
        bouncer.stop()
        await server.sql(f"DROP ROLE {ROLE}")
    assert set(deliveries.times_received().values()) == {1}


def goes_on(worker) -> bool:
    """By itself: nothing in it has ended and was started again."""
    return worker.alive and not ENDED & {line["event"] for line in worker.lines()}


async def test_nobody_is_sent_what_the_standby_lacks(pair, wired, working, receiver):
    cable, near_end = wired
    await pair.synchronous()
    async with deliveries_in(pair.primary.url(TEMPLATE), receiver) as deliveries:
        await deliveries.registers()
        where = await deliveries.books.opens("1001")
        pair.cut_off()
        creating = asyncio.create_task(deliveries.books.creates(where))
        await pair.commits_wait()
        await pair.comes_back_alone()
        await asyncio.gather(creating, return_exceptions=True)
        assert await pair.primary.sql("SELECT FROM deliveries WHERE state = 'due'", TEMPLATE)
        async with working(near_end):
            await pair.commits_wait()  # with what has to be kept before anything is sent
            await asyncio.to_thread(pair.primary.crash)
            await taken_over(pair, cable)
    assert await pair.standby.sql("SELECT FROM outbox", TEMPLATE) == []
    assert receiver.requests == []


async def test_while_the_standby_is_away_nothing_is_given_up(pair, receiver):
    """A claim that nobody hears of would be a loss to what was never sent."""
    await pair.synchronous()
    async with deliveries_in(pair.primary.url(TEMPLATE), receiver) as deliveries:
        await deliveries.registers()
        await deliveries.pays("1001")
        pair.cut_off()
        async with deliveries.sending():
            for _ in range(LOSSES_MAX + 1):
                await pair.commits_wait()
                await pair.primary.sql(f"SELECT pg_terminate_backend(pid) {WAITING}")
                await deliveries.runs("SET synchronous_commit = local", LEASES_END)
            pair.joined()
            await deliveries.are_all()
    assert receiver.types == ["payment.created", "payment.paid"]
