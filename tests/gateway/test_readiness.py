"""Ready is who can take a payment: each thing that one needs of the database is taken away, and named."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.audit.audit import audit_books
from core.connection_pools import PAYMENT_CONNECTIONS
from core.db.autocommit import Autocommit
from core.db.connection import Connections
from core.db.engine import make_engine
from core.db.requirements import FUNCTIONS, PAYMENT_RIGHTS, REQUIRED, SEQUENCES, SIDE_RIGHTS, WANTED, Right, grants
from core.deliveries.endpoints import EndpointRef, Endpoints, WantedEndpoint
from core.deliveries.gaps import MissingDeliveries
from core.deliveries.queue import DeliveryQueue, Room
from core.deliveries.results import Claim, Destination, Result
from core.deliveries.retention import delete_old_deliveries, give_up_old_deliveries
from core.domain.periods import Periods
from core.jobs.retention import delete_old_idempotency_keys
from core.jobs.worker_reports import report_worker, retire_worker, worker_lives
from gateway.app import CORE
from gateway.http.health import READINESS
from gateway.observability.journal import INSERT, Journal
from schema.tables import metadata, order_ids, payment_ids, schema_promises, transition_ids
from schema.values import to_ms
from schema.webhooks import AttemptOutcome, EndpointSource
from tests.actors.payme import Payme, new_id
from tests.actors.shop import Shop
from tests.conftest import SETTINGS, serving
from tests.log_records import logged
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import without

ROOT = Path(__file__).parents[2]
ROLE = "cashier"
READY = (200, {"status": "ready"})
LOOKED_UP = Right("SELECT", "table", "transitions")
"""Only where the answer to a COMMIT was lost: then nothing could be said to the caller."""


@pytest.fixture
def sql(database) -> Callable[..., Awaitable[None]]:
    """What an operator types, as the superuser."""

    async def execute(*statements):
        async with database.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    return execute


@pytest.fixture
async def cashier(database_url, sql) -> AsyncIterator[str]:
    """The database's address for a role that may do what is listed, and no more."""
    await sql(f"CREATE ROLE {ROLE} LOGIN", *map(granting, (*REQUIRED, *WANTED)))
    await sql(f"GRANT SELECT ON alembic_version TO {ROLE}")
    await sql(*(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC" for name in FUNCTIONS))
    yield make_url(database_url).set(username=ROLE).render_as_string()
    await sql(*(f"GRANT EXECUTE ON FUNCTION {name} TO PUBLIC" for name in FUNCTIONS))
    await sql(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}", "GRANT USAGE ON SCHEMA public TO PUBLIC")


@pytest.fixture
async def gateway(settings, cashier, database, clock, timeouts):
    """Serves as that role."""
    async with serving(settings, cashier, clock) as server:
        yield server


def granting(right: Right) -> str:
    return f"GRANT {right.privilege} ON {right.kind} {right.name} TO {ROLE}"


def revoking(right: Right) -> str:
    return f"REVOKE {right.privilege} ON {right.kind} {right.name} FROM {ROLE}"


async def health(http, gateway):
    async with http.get(gateway.make_url("/health/ready")) as response:
        return response.status, await response.json()


@pytest.fixture
def pays(http, database, clock):
    """Whether an order of the shop's can be opened, paid and found again in the whole of it."""

    async def paid(gateway, account) -> bool:
        shop = Shop(http, str(gateway.make_url("/")), SETTINGS["API_TOKEN"], database)
        payme = Payme(http, str(gateway.make_url("/payment/callback/payme")), SETTINGS["PAYME_KEY"])
        order = {"account": account, "amount": 5_000_000}
        opened = await shop.calls("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": f"key-{account}"})
        id_ = new_id()
        created = await payme.creates(id_, to_ms(clock()), account)
        performed = await payme.performs(id_)
        return opened.status == 201 and isinstance(created, dict) and isinstance(performed, dict)

    return paid


def test_no_table_and_no_sequence_is_forgotten():
    only_read_at_the_start = {schema_promises.name}
    assert PAYMENT_RIGHTS.keys() | SIDE_RIGHTS.keys() == metadata.tables.keys() - only_read_at_the_start
    assert set(SEQUENCES) == {sequence.name for sequence in (order_ids, payment_ids, transition_ids)}
    assert set(SEQUENCES) == {sequence.name for sequence in metadata._sequences.values()}


def test_the_rights_of_a_role_that_serves_are_in_the_docs():
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert [grant for grant in grants((*REQUIRED, *WANTED), "tiyin").split("; ") if grant not in page] == []


async def test_a_role_with_what_is_listed_can_do_all_of_it(http, gateway, pays, clock, cashier):
    assert await health(http, gateway) == READY
    assert await pays(gateway, "1001")
    await goes_on_beside(cashier, clock)


@pytest.mark.parametrize("right", REQUIRED, ids=str)
async def test_without_one_right_no_payment_is_taken_and_readiness_names_it(http, gateway, pays, sql, right, caplog):
    assert await health(http, gateway) == READY
    await sql(revoking(right))
    assert await health(http, gateway) == (503, {"status": "unavailable", "reason": "rights", "missing": [str(right)]})
    assert await pays(gateway, "1001") == (right == LOOKED_UP)
    await health(http, gateway)
    (line,) = logged(caplog.records, "not ready")
    assert line["missing"] == (str(right),)
    await sql(line["hint"].rstrip(";"))
    assert await health(http, gateway) == READY
    assert await pays(gateway, "1002")
    assert len(logged(caplog.records, "ready again")) == 1


@pytest.mark.parametrize("right", WANTED, ids=str)
async def test_without_one_that_only_the_journal_or_housekeeping_needs_payments_go_on(
    http, gateway, pays, sql, right, caplog, cashier, clock
):
    await sql(revoking(right))
    assert await health(http, gateway) == READY
    assert await pays(gateway, "1001")
    (line,) = logged(caplog.records, "rights missing")
    assert line["missing"] == (str(right),)
    with pytest.raises(Exception, match="permission denied"):
        await goes_on_beside(cashier, clock)
    await sql(line["hint"].rstrip(";"))
    await goes_on_beside(cashier, clock)


async def test_a_schema_that_may_not_be_used_is_named(http, gateway, pays, sql, caplog):
    await sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    missing = ["USAGE on schema public"]
    assert await health(http, gateway) == (503, {"status": "unavailable", "reason": "rights", "missing": missing})
    assert not await pays(gateway, "1001")
    await health(http, gateway)
    (line,) = logged(caplog.records, "not ready")
    await sql(line["hint"].rstrip(";"))
    assert await health(http, gateway) == READY


async def test_a_table_that_is_not_there_is_named(http, gateway, pays, database):
    async with without(database, "outbox"):
        answer = {"status": "unavailable", "reason": "schema", "missing": ["table outbox"]}
        assert await health(http, gateway) == (503, answer)
        assert not await pays(gateway, "1001")
    assert await health(http, gateway) == READY


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_a_function_that_is_not_there_is_named(http, gateway, pays, sql, name):
    """On the schema of an older release, say."""
    await sql(f"ALTER FUNCTION {name} RENAME TO away")
    try:
        answer = {"status": "unavailable", "reason": "schema", "missing": [f"function {name}"]}
        assert await health(http, gateway) == (503, answer)
        assert not await pays(gateway, "1001")
    finally:
        await sql(f"ALTER FUNCTION away RENAME TO {name}")
    assert await health(http, gateway) == READY


async def test_without_the_journals_table_payments_go_on(http, gateway, pays, database):
    async with without(database, "exchanges"):
        assert await health(http, gateway) == READY
        assert await pays(gateway, "1001")


async def test_a_role_that_may_only_read_is_not_ready_from_the_start(http, settings, cashier, sql, clock, pays, caplog):
    await sql(f"ALTER ROLE {ROLE} SET default_transaction_read_only = on")
    async with serving(settings, cashier, clock) as gateway:
        assert await health(http, gateway) == (503, {"status": "unavailable", "reason": "read-only"})
        assert not await pays(gateway, "1001")
        await sql(f"ALTER ROLE {ROLE} RESET default_transaction_read_only")
        assert await health(http, gateway) == READY
        assert await pays(gateway, "1002")
    assert [line["reason"] for line in logged(caplog.records, "not ready")] == ["read-only"]


async def test_it_is_asked_at_the_start_although_nobody_asks(settings, cashier, sql, clock, caplog):
    await sql(*map(revoking, REQUIRED[:2]))
    async with serving(settings, cashier, clock), asyncio.timeout(WAIT_SECONDS):
        while not (lines := logged(caplog.records, "not ready")):
            await asyncio.sleep(0.01)
    hint = f"GRANT SELECT, INSERT ON TABLE orders TO {ROLE};"
    assert lines == [{"reason": "rights", "missing": tuple(map(str, REQUIRED[:2])), "hint": hint}]


async def test_payments_that_have_all_connections_do_not_make_it_unready(http, gateway, database):
    """It asks on a connection of its own."""
    payments = gateway.app[CORE]._scheduler._group_commit._connections._engine
    taken = [await payments.raw_connection() for _ in range(PAYMENT_CONNECTIONS)]
    assert await health(http, gateway) == READY
    for connection in taken:
        connection.close()


async def goes_on_beside(database_url, clock) -> None:
    """The journal is written, what is old deleted, the books audited; raises what the database says against it."""
    engine = make_engine(database_url, 1, pooled=False)
    try:
        async with Autocommit(engine).connect() as connection:
            await connection.execute(INSERT, {"entries": "[]"})
        await Journal(engine).delete_older_than(clock())
        await delete_old_idempotency_keys(engine, clock())
        await delivers_beside(engine, clock)
        assert await audit_books(engine, clock(), Periods().lifetimes, quick=True, connections=1) == []
    finally:
        await engine.dispose()


async def delivers_beside(engine, clock) -> None:
    """Endpoints come and go, what is due is sent, what is old is deleted, and a worker says that it lives."""
    endpoints, queue, ref = Endpoints(engine, clock), DeliveryQueue(engine, clock), EndpointRef("main", uuid4().hex)
    endpoint = await endpoints.register(WantedEndpoint(ref, "https://erp.example.uz/", None), EndpointSource.API)
    await MissingDeliveries(engine, clock).fill_in()
    destination = Destination(endpoint.id, "main", "erp", "", EndpointSource.API, 1, None, None)
    claim = Claim(1, 1, 0, 0, False, "payment.paid", b"", clock(), "", clock(), destination)
    await queue.claim(Room(1, 1, 1, {}))
    await queue.settle([Result(claim, AttemptOutcome.RECEIVED, clock(), 1)])
    async with Connections(engine).autocommit() as connection:
        await connection.rows("DELETE FROM webhook_attempts WHERE event_id = 1", ())
        await connection.rows(REPLAY, (clock(),))
        await connection.rows("UPDATE webhook_replays SET replayed = 0 WHERE id > 0", ())
    await endpoints.remove(ref)
    await give_up_old_deliveries(engine, clock())
    await delete_old_deliveries(engine, clock())
    await report_worker(engine, "here:1")
    assert await worker_lives(engine)
    await retire_worker(engine, "here:1")


REPLAY = """
    INSERT INTO webhook_replays (endpoint_id, since, until, which, state, asked_by, created_at)
    SELECT 1, m, m + interval '1 day', 'all', 'ended', 'shop', m FROM (SELECT CAST($1 AS timestamptz) AS m) moment
"""


async def test_several_that_ask_at_once_hear_of_their_own_question(gateway):
    """Who has heard and asks again must not take the answer from those that still wait."""
    readiness = gateway.app[READINESS]

    async def ask_twice():
        return [await readiness.obstacle() for _ in range(2)]

    assert await asyncio.gather(ask_twice(), ask_twice()) == [[None, None]] * 2
