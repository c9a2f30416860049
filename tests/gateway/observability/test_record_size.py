"""What is kept of a failed authentication, and that its estimated size is the size that it has on the disk."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core.clock import wall_clock
from gateway.observability import logs
from gateway.observability.journal import Entry, Journal
from gateway.observability.record_size import CALLER_MAX_BYTES, cut_entry, cut_text, entry_bytes, line_bytes
from inbound.exchange import About, Exchange

CARD = "8600069195406311"
ID = "0123456789abcdef0123456789abcdef"


def entry(method="CheckTransaction", request="", answer="", about=About(), remote="203.0.113.7", call_id=ID) -> Entry:
    exchange = Exchange("payme", None, method, "-32504", None, request, answer, about=about, failed_auth=True)
    return Entry(exchange, wall_clock(), 1_234_567, remote, call_id)


def sent(kept: Entry) -> list[str]:
    """Every text of it that a caller can put words into."""
    exchange = kept.exchange
    return [kept.correlation_id, exchange.method, *(t or "" for t in exchange.about), exchange.request, exchange.answer]


any_text = st.one_of(st.text(max_size=700), st.text('\0\ud800\x1b"\\Ў😀8', max_size=700), st.just("x" * 8192))


@given(any_text, any_text, any_text, st.none() | any_text, st.none() | any_text, st.sampled_from([ID, "i" * 64]))
def test_of_everything_that_was_sent_512_bytes_are_kept(method, request, answer, account, external_id, call_id):
    kept = cut_entry(entry(method, request, answer, About(account, external_id), call_id=call_id))
    assert sum(len(text.encode()) for text in sent(kept)) <= CALLER_MAX_BYTES == 512


def test_a_call_as_the_providers_send_it_is_kept_whole():
    request = '{"id":1,"method":"CheckTransaction","params":{"id":"5305e3bab097f420a62ced0b"}}'
    whole = entry(request=request, about=About("1001", "5305e3bab097f420a62ced0b"))
    assert cut_entry(whole) == whole


def test_of_a_long_one_the_names_and_the_beginning_are_kept():
    about = About("a" * 255, "e" * 300)
    kept = cut_entry(entry("m" * 64, "r" * 8192, "an answer", about)).exchange
    assert (kept.method, kept.about, kept.answer) == ("m" * 64, About("a" * 255, "e" * 64), "")
    assert kept.request == "r" * (512 - len(ID) - 64 - 255 - 64)


def test_a_card_number_is_masked_before_it_is_cut():
    assert cut_text(f"{'x' * 54} {CARD}", 64) == f"{'x' * 54} 8600*****"


def test_a_character_is_kept_whole_or_not_at_all():
    assert [cut_text("Ўў", size) for size in range(5)] == ["", "", "Ў", "Ў", "Ўў"]


def noise(size: int) -> str:
    """Nothing that could be compressed, or come twice."""
    return "".join(random.choices(string.ascii_letters, k=size))


SHAPES = [
    pytest.param(lambda: entry(), id="no words"),
    pytest.param(lambda: entry(request=noise(8192)), id="a long request"),
    pytest.param(lambda: entry(request=noise(100), answer=noise(8192), about=About("1001")), id="a long answer"),
    pytest.param(lambda: entry(about=About(noise(255), noise(64)), remote="2001:db8:1:2:3:4:5:6"), id="long names"),
    pytest.param(lambda: entry(about=About(None, noise(25)), request=noise(90), call_id=noise(32)), id="a payment"),
]


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_estimate_is_what_the_database_and_the_log_need(database, written, shape):
    """Not less, and not a third more. The journal has entries of other calls, too: an index is not filled in order."""
    entries = [cut_entry(shape()) for _ in range(3_000)]
    journal = Journal(database)
    async with database.connect() as connection:
        size = text("SELECT pg_total_relation_size('exchanges')")
        await connection.execute(text("VACUUM FULL exchanges"))
        before = (await connection.execute(size)).scalar_one()
        for each in entries:
            journal.put(each)
            logs.call(each.exchange, each.at, each.microseconds / 1_000_000, each.remote, each.correlation_id)
        await journal._write_all()
        on_disk = (await connection.execute(size)).scalar_one() - before
    logs.close()
    needed, estimated = on_disk + len(written.data), sum(map(entry_bytes, entries))
    assert needed <= estimated <= 1.34 * needed


def test_the_estimate_of_a_line_is_not_less_than_it_is(written):
    values = {"interface": "payme", "shop": noise(32), "remote": "2001:db8:1:2:3:4:5:6", "path": '"\x1b' * 100}
    logs.log.warning("address not in the allowed networks", extra=values)
    written.lines()
    assert len(written.data) <= line_bytes(*values.values()) <= len(written.data) + 200
