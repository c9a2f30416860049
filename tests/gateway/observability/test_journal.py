"""The journal of exchanges: complete where it can be, silent where it cannot, never in a payment's way."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from core.clock import wall_clock
from core.db.engine import make_engine
from gateway.observability.journal import DELETE_CHUNK_ROWS, Entry, Journal
from inbound.exchange import About, Exchange, exchange_text
from schema.tables import exchanges
from tests.other_sessions import execute, only_read, without

NOW = wall_clock()


def entry(request="{}", at=NOW, method="CheckTransaction", about=About()):
    return Entry(
        Exchange("payme", "main", method, "-31003", "payment_not_found", request, "{}", about=about),
        at,
        1500,
        "::1",
        "id-of-the-call",
    )


async def test_every_call_is_written_with_its_answer(payme, journal_rows, clock):
    await payme.says("CheckTransaction", id="5f3a")
    (row,) = await journal_rows(1)
    assert (row.interface, row.shop, row.method, row.code) == ("payme", "main", "CheckTransaction", "-31003")
    assert (row.refusal, row.remote, row.at) == ("payment_not_found", "127.0.0.1", clock.now())
    assert '"5f3a"' in row.request
    assert "-31003" in row.answer
    assert 0 < row.microseconds < 5_000_000


async def test_it_carries_the_id_that_the_answer_carries(http, payme, journal_rows):
    async with http.post(payme.url, json={}, headers={"X-Request-ID": "our-proxy-4711"}) as response:
        assert response.headers["X-Request-ID"] == "our-proxy-4711"
    assert [row.correlation_id for row in await journal_rows(1)] == ["our-proxy-4711"]


@pytest.mark.parametrize("digits", ["8600069195406311", "8600-0691-9540-6311"])
async def test_a_cards_number_in_a_callers_id_is_masked_and_the_id_the_same_everywhere(
    http, shop, database, journal_rows, digits
):
    headers = {"X-Request-ID": f"of-{digits}", "Authorization": f"Bearer {shop.token}"}
    async with http.post(
        f"{shop.url}/api/v1/orders", json={"account": "1", "amount": 1000}, headers=headers
    ) as response:
        answered = response.headers["X-Request-ID"]
    async with database.connect() as connection:
        transitions = (await connection.execute(text("SELECT correlation_id FROM transitions"))).scalars().all()
    journal = [row.correlation_id for row in await journal_rows(1)]
    assert [answered, *transitions, *journal] == ["of-8600********6311"] * 3


async def test_it_leaves_a_server_that_may_only_be_read(database, database_url):
    """The database's address may lead to another one by now; connections to the old one would be good for ever."""
    pool = make_engine(database_url, 1, pooled=False)
    journal = Journal(pool)
    async with only_read(database):
        journal.put(entry())
        await journal._write_all()
    await journal._write_all()
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM exchanges"))).scalar_one() == 1
    await pool.dispose()


async def test_no_secret_is_written(payme, click, journal_rows, settings):
    await payme.says("CheckTransaction", id="5f3a")
    await click.prepares("1001")
    written = repr(await journal_rows(2))
    shop = settings.shops["main"]
    assert shop.payme.keys[0].get_secret_value() not in written
    assert shop.click[0].secret_key.get_secret_value() not in written
    assert click.sign(click.form("1001")) not in written


async def test_what_postgresql_cannot_hold_is_replaced(database, journal_rows):
    journal = Journal(database)
    async with journal.writing():
        journal.put(entry("NUL \0, half a pair \ud83d, a whole one \ud83d\ude00, Ўзбек", method="\0\udfff"))
    (row,) = await journal_rows(1)
    assert row.request == "NUL �, half a pair �, a whole one 😀, Ўзбек"
    assert row.method == "��"


@pytest.mark.parametrize(
    ("about", "kept"),
    [
        (About("1001", "5f3a"), "1001"),
        (About(None, "5f3a"), "5f3a"),
        (About(), None),
        (About("8600069195406311"), "8600********6311"),
        (About(None, "54321:7:8600 0691 9540 6311"), "54321:7:8600********6311"),
        (About("NUL \0, half a pair \ud83d"), "NUL \ufffd, half a pair \ufffd"),
    ],
)
async def test_what_it_was_about_is_kept_masked_and_storable(database, journal_rows, about, kept):
    journal = Journal(database)
    async with journal.writing():
        journal.put(entry(about=about))
    assert [row.about for row in await journal_rows(1)] == [kept]


async def test_no_number_is_cut_in_two_where_a_long_request_ends(database, journal_rows):
    journal = Journal(database)
    async with journal.writing():
        journal.put(entry(exchange_text("x" * 8180 + "=8600069195406311" + "x" * 8192)))
    (row,) = await journal_rows(1)
    assert row.request == "x" * 8180 + "=8600*******"


async def test_a_head_is_about_nothing(database, shop, journal_rows):
    """It is as frequent and as idle as a GET, which the index leaves out."""
    await shop.opens("1001")
    await shop.shows("1001")
    await shop.calls("HEAD", "/api/v1/orders/1001")
    rows = await journal_rows(3)
    assert [(row.method, row.about) for row in rows] == [
        ("POST orders", "1001"),
        ("GET order", "1001"),
        ("HEAD order", None),
    ]


async def test_more_than_fits_is_counted_and_lost(database, journal_rows):
    lost = []
    journal = Journal(database, lost.append, limit=3)
    async with journal.writing():
        for _ in range(5):
            journal.put(entry())
    assert len(await journal_rows(3)) == 3
    assert lost == [1, 1]


async def test_few_long_rows_are_as_much_as_many_short_ones(database, journal_rows, monkeypatch):
    monkeypatch.setattr("gateway.observability.journal.CHARACTERS_MAX", 20_000)
    lost = []
    journal = Journal(database, lost.append)
    async with journal.writing():
        for _ in range(5):
            journal.put(entry("x" * 8192))
    assert len(await journal_rows(3)) == 3
    assert lost == [1, 1]


async def test_a_database_that_is_away_delays_the_journal_and_nothing_else(database, payme, journal_rows):
    async with without(database, "exchanges"):
        assert await payme.says("CheckTransaction", id="5f3a") == -31003
    assert len(await journal_rows(1)) == 1


async def test_what_could_not_be_written_at_the_end_is_counted(database):
    lost = []
    journal = Journal(database, lost.append)
    async with without(database, "exchanges"), journal.writing():
        journal.put(entry())
    assert lost == [1]


async def test_rows_that_the_database_refuses_do_not_stand_in_the_way(database, journal_rows, caplog):
    lost = []
    journal = Journal(database, lost.append)
    async with journal.writing():
        for number in range(40):
            journal.put(entry(str(number), at=None if number == 23 else NOW))
    assert lost == [1]
    assert [row.request for row in await journal_rows(39)] == [str(number) for number in range(40) if number != 23]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.fixture
async def latin(database, database_url):
    """A database in an encoding that lacks most of the world's characters."""
    await execute(database_url, "CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    engine = create_async_engine(database_url.replace("/postgres?", "/latin?"), isolation_level="AUTOCOMMIT")
    async with engine.begin() as connection:
        await connection.run_sync(exchanges.create)
    yield engine
    await engine.dispose()
    await execute(database_url, "DROP DATABASE latin")


async def test_what_the_databases_encoding_lacks_is_written_escaped_and_costs_no_other_row(latin, caplog):
    lost = []
    journal = Journal(latin, lost.append)
    long = About("".join(chr(0x1F300 + number * 7 % 700) for number in range(255)))
    async with journal.writing():
        for number in range(40):
            foreign = number % 20 == 7
            journal.put(entry('["Ўзбек 😀"]' if foreign else f'["café {number}"]', about=long if foreign else About()))
    async with latin.connect() as connection:
        rows = (await connection.execute(text("SELECT request FROM exchanges ORDER BY id"))).scalars().all()
    assert (len(rows), rows[6], lost) == (40, '["café 6"]', [])
    assert rows[7] == rows[27] == r'["\u040e\u0437\u0431\u0435\u043a \ud83d\ude00"]'
    assert [record.getMessage() for record in caplog.records] == ["journal entries escaped"]


async def test_thousands_of_rows_are_written_in_batches(database, journal_rows):
    journal = Journal(database)
    async with journal.writing():
        for number in range(2_345):
            journal.put(entry(str(number)))
    assert [row.request for row in await journal_rows(2_345)] == [str(number) for number in range(2_345)]


@pytest.mark.parametrize("older", [0, 1, DELETE_CHUNK_ROWS, DELETE_CHUNK_ROWS + 1])
async def test_old_rows_are_deleted_and_new_ones_stay(database, journal_rows, older):
    async with database.connect() as connection:
        await connection.execute(
            text("""
                INSERT INTO exchanges (at, interface, method, code, request, answer, correlation_id, microseconds)
                SELECT CAST(:at AS timestamptz), 'payme', '', '', '', '', '', 0 FROM generate_series(1, :older)
            """),
            {"at": NOW - timedelta(days=90, milliseconds=1), "older": older},
        )
    journal = Journal(database)
    async with journal.writing():
        journal.put(entry(at=NOW - timedelta(days=90)))
    assert await journal.delete_older_than(NOW - timedelta(days=90)) == older
    assert len(await journal_rows(0)) == 1


async def test_calls_refused_because_of_overload_are_counted_and_not_recorded(
    payme, click, journal_rows, metrics, monkeypatch
):
    """Under more load than can be served, to write down those who are not would cost more than to serve some."""
    with monkeypatch.context() as overload:
        overload.setattr("core.commit.scheduler.NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS", 0)
        assert await payme.checks() == -32400
        assert (await click.prepares("1001"))["error"] == -7
    assert await payme.looks_at("5f3a") == -31003
    assert [row.method for row in await journal_rows(1)] == ["CheckTransaction"]
    assert (await metrics())[("tiyin_overload_refusals_total",)] == 2
