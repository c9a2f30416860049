"""`tiyin export`: finished orders in files, whole, with sums that show whether they still are."""

import asyncio
import errno
import gzip
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from gateway.exports.order_line import masked_id, masked_json
from schema.releases import this_release
from schema.tables import orders, outbox, payments, transitions
from schema.values import to_ms
from tests.actors.payme import OK
from tests.busy_day import RECEIPT, Day

TEST_TOKEN = "test-mode-token-of-main-0123456789abcdef"
CARD = "8600490744313347"
MASKED = "8600********3347"
BOTH_MODES = pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)

FINISHED = "state IN ('paid', 'cancelled', 'expired', 'refunded')"
OF_FINISHED = f"order_id IN (SELECT id FROM orders WHERE {FINISHED})"
OLDER = f"SELECT account FROM orders WHERE {FINISHED} AND changed_at < :before"
BY_STATE = f"""
    SELECT replace(shop, '~test', ''), shop LIKE '%~test', state, count(*), sum(paid_total), sum(reversed_total)
    FROM orders WHERE {FINISHED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
BY_KIND = f"""
    SELECT replace(shop, '~test', ''), shop LIKE '%~test', provider, state, count(*), sum(amount)
    FROM payments WHERE {OF_FINISHED} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


@pytest.fixture
async def books(core, payme, click, shop, clock) -> None:
    """A day of everything, and two orders of test mode."""
    clock.advance(days=-9)
    in_test_mode = shop.with_token(TEST_TOKEN)
    for account in ("1", "2"):
        await in_test_mode.opens(account, OK)
    await in_test_mode.closes("1")
    await Day(core, payme, click, shop, clock).passes()


@pytest.fixture
def exports(types, tmp_path, database):
    """What the command says; by default of all that is finished."""

    async def run(
        name: str | Path = "out", *more: str, before: str | None = None, **names: str
    ) -> tuple[int, str, str]:
        if before is None:
            async with database.connect() as connection:
                newest = await connection.scalar(text("SELECT max(changed_at) + interval '1 microsecond' FROM orders"))
            before = newest.isoformat()
        return await asyncio.to_thread(
            types, "export", "orders", str(name), "--finished-before", before, *more, **names
        )

    return run


@pytest.fixture
def checks(types):
    async def run(name: str = "out") -> tuple[int, str, str]:
        return await asyncio.to_thread(types, "export", "check", name, DATABASE_URL=None)

    return run


def lines(folder: Path) -> Iterator[Any]:
    for file in sorted(folder.glob("orders-*")):
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            yield from map(json.loads, opened)


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def values(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) if not isinstance(row, dict) else tuple(row.values()) for row in rows]


@BOTH_MODES
async def test_an_export_has_all_that_the_books_have_of_finished_orders(
    books, exports, checks, shop, tmp_path, monkeypatch
):
    status, said, wrong = await exports()
    assert (status, wrong) == (0, "")
    ids = [id_ for (id_,) in await shop.reads(f"SELECT id FROM orders WHERE {FINISHED} ORDER BY id")]
    assert [line["order_id"] for line in lines(tmp_path / "out")] == ids
    totals = manifest(tmp_path / "out")["totals"]
    assert values(totals["by_order_state"]) == values(await shop.reads(BY_STATE))
    assert values(totals["by_payment_state"]) == values(await shop.reads(BY_KIND))
    counts = f"SELECT count(*) FROM payments WHERE {OF_FINISHED}"
    for name, table in (("payments", payments), ("transitions", transitions), ("events", outbox)):
        ((count,),) = await shop.reads(counts.replace("payments", table.name))
        assert totals[name] == count == sum(len(line[name]) for line in lines(tmp_path / "out"))
    assert said.startswith(f"{len(ids)} orders and {totals['payments']} payments of the database at ")
    whole = f"out is whole: {len(ids)} orders and {totals['payments']} payments."
    assert await checks() == (0, f"{whole}\n{said.splitlines()[-1]}\n", "")


@BOTH_MODES
async def test_a_line_has_every_column_amounts_in_tiyin_and_times_in_utc(exports, shop, payme, clock, tmp_path):
    await shop.opens("refunded", OK)
    await payme.creates("5f3a", to_ms(clock()), "refunded")
    await payme.performs("5f3a")
    await payme.cancels("5f3a", 5)
    await payme.says("SetFiscalData", id="5f3a", type="CANCEL", fiscal_data=RECEIPT)
    in_test_mode = shop.with_token(TEST_TOKEN)
    await in_test_mode.opens("1", OK)
    await in_test_mode.closes("1")
    await exports()
    line, trial = lines(tmp_path / "out")
    assert (line["shop"], line["test"]) == ("main", False)
    rows = (("order", orders), ("payments", payments), ("transitions", transitions), ("events", outbox))
    for name, table in rows:
        for row in [line[name]] if name == "order" else line[name]:
            assert row.keys() == {column.name for column in table.c}
    ((at, reversed_at, receipt),) = await shop.reads(
        "SELECT o.changed_at, p.cancelled_at, p.fiscal_cancel FROM orders o JOIN payments p ON p.order_id = o.id"
        " WHERE o.account = 'refunded'"
    )
    assert line["order"]["changed_at"] == f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
    (payment,) = line["payments"]
    assert (payment["amount"], payment["state"], payment["fiscal_cancel"]) == (OK, "reversed", receipt)
    assert payment["cancelled_at"] == f"{reversed_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert [transition["version"] for transition in line["transitions"]] == list(range(len(line["transitions"])))
    assert (trial["shop"], trial["test"], trial["order"]["state"]) == ("main", True, "cancelled")


@BOTH_MODES
async def test_what_goes_on_or_was_changed_since_is_not_in_it(books, exports, shop, tmp_path):
    withdraw = "UPDATE orders SET state = 'cancelled' WHERE account IN ('balance', 'narrowed') RETURNING account"
    assert len(await shop.reads(withdraw)) == 2  # a payment of the first is under way
    await exports("all")
    found = {line["order"]["account"] for line in lines(tmp_path / "all")}
    assert {"narrowed", "balance", "pending", "prepared", "open", "refunded"} & found == {"narrowed", "refunded"}
    ((before,),) = await shop.reads("SELECT changed_at FROM orders WHERE account = 'refunded'")
    await exports(before=before.isoformat())
    older = [account for (account,) in await shop.reads(f"{OLDER} ORDER BY id", before=before)]
    assert [line["order"]["account"] for line in lines(tmp_path / "out")] == older != []
    about = manifest(tmp_path / "out")
    ((revision,),) = await shop.reads("SELECT version_num FROM alembic_version")
    assert (about["format"], about["tiyin"], about["schema_revision"]) == ("tiyin-orders/1", this_release(), revision)
    assert about["finished_before"] == f"{before:%Y-%m-%dT%H:%M:%S.%f}Z"


async def test_in_small_pieces_and_files_it_is_the_same(exports, checks, shop, payme, clock, tmp_path, monkeypatch):
    for account in map(str, range(8)):
        await shop.opens(account, OK)
        await payme.creates(account, to_ms(clock()), account)
        await payme.performs(account)
    await payme.cancels("5", 5)
    await shop.reopens("5")
    await shop.closes("5")
    await exports("whole")
    monkeypatch.setattr("core.reads.finished_orders.ORDERS_READ_AT_ONCE", 3)
    monkeypatch.setattr("core.reads.finished_orders.ROWS_READ_AT_ONCE", 2)
    monkeypatch.setattr("gateway.exports.export_folder.FILE_MAX_BYTES", 5_000)
    assert (await exports("parted", "--gzip", DATABASE_POOLED="1"))[0] == 0
    assert len(manifest(tmp_path / "parted")["files"]) > 3
    assert max(len(line["events"]) for line in lines(tmp_path / "parted")) <= 2
    joined: list[Any] = []
    for line in lines(tmp_path / "parted"):
        if line["order"] is not None:
            joined.append(line)
        for name in ("payments", "transitions", "events") if line["order"] is None else ():
            joined[-1][name] += line[name]
    assert joined == list(lines(tmp_path / "whole"))
    assert manifest(tmp_path / "parted")["totals"] == manifest(tmp_path / "whole")["totals"]
    assert (await checks("parted"))[::2] == (0, "")


async def test_only_its_owner_may_read_it(shop, exports, tmp_path):
    (tmp_path / "empty").mkdir(0o755)
    await shop.opens("1001")
    await shop.closes("1001")
    before = os.umask(0)
    try:
        for name in ("out", "empty"):
            assert (await exports(name))[0] == 0
    finally:
        os.umask(before)
    for name in ("out", "empty"):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / name, *(tmp_path / name).iterdir())}
        assert modes == {name: 0o700, "orders-000001.jsonl": 0o600, "manifest.json": 0o600}


async def test_a_payment_is_named_as_payme_names_it_whatever_its_id_looks_like(shop, payme, clock, exports, tmp_path):
    named = f"5f3{CARD}d1a2b"
    await shop.opens("1", 1000)
    await payme.creates(named, int(clock().timestamp() * 1000), "1", 1000)
    await payme.performs(named)
    await exports()
    (line,) = lines(tmp_path / "out")
    assert [payment["external_id"] for payment in line["payments"]] == [named]


@pytest.mark.parametrize(
    ("external_id", "masked"),
    [
        (f"5f3{CARD}d1a2", f"5f3{MASKED}d1a2"),
        (f"{CARD}00000000", f"{MASKED}00000000"),
        (f"1:2:{CARD}", f"1:2:{MASKED}"),
    ],
)
def test_what_is_not_an_id_of_paymes_is_masked_as_any_text(external_id, masked):
    assert masked_id(external_id) == masked


async def test_card_numbers_are_masked_as_in_the_journal(shop, exports, checks, tmp_path):
    notes = {"card": CARD, "as a number": int(CARD), "none": "12345678901234567", "price": 1.5}
    await shop.opens(CARD, description=f"paid with {CARD}", metadata=notes)
    await shop.closes(CARD)
    await exports()
    assert CARD not in next((tmp_path / "out").glob("orders-*")).read_text()
    (line,) = lines(tmp_path / "out")
    assert (line["order"]["account"], line["order"]["description"]) == (MASKED, f"paid with {MASKED}")
    assert line["order"]["metadata"] == {**notes, "card": MASKED, "as a number": MASKED}
    assert (await checks())[0] == 0


@pytest.mark.parametrize(
    ("document", "masked"),
    [
        ('{"n": 18446744073709551616, "x": 1.10}', '{"n": 18446744073709551616, "x": 1.10}'),
        (f'{{"{CARD}": [18446744073709551616, 1.10]}}', f'{{"{MASKED}":[18446744073709551616,1.10]}}'),
        (f"[{{}}, {CARD}, {CARD}.25]", f'[{{}},"{MASKED}","{MASKED}.25"]'),
        ("[8600, 4907, 4431, 3347]", '{"masked":"[8600********3347]"}'),
    ],
)
def test_what_is_masked_stays_json_and_the_rest_as_it_was(document, masked):
    assert orjson.dumps(masked_json(document)).decode() == masked


def flip(folder: Path) -> str:
    file = folder / "orders-000001.jsonl"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return "out/orders-000001.jsonl was changed: its sha256 is not the manifest's."


def cut(folder: Path) -> str:
    file = folder / "orders-000001.jsonl"
    file.write_bytes(file.read_bytes()[:-1])
    return "out/orders-000001.jsonl was changed: its sha256 is not the manifest's."


def take_away(folder: Path) -> str:
    (folder / "orders-000001.jsonl").unlink()
    return "out/orders-000001.jsonl is missing."


def add(folder: Path) -> str:
    (folder / "orders-000002.jsonl").touch()
    return "out/orders-000002.jsonl is not in the manifest."


def give_other_totals(folder: Path) -> str:
    about = manifest(folder)
    about["totals"]["by_order_state"][0]["paid_total"] += 1
    (folder / "manifest.json").write_text(json.dumps(about))
    return "out/manifest.json gives other totals than the lines have (by_order_state)."


async def test_what_was_changed_is_found(shop, exports, checks, tmp_path):
    await shop.opens("1001")
    await shop.closes("1001")
    await exports("whole")
    assert (await checks("whole"))[0] == 0
    for spoil in (flip, cut, take_away, add, give_other_totals):
        shutil.copytree(tmp_path / "whole", tmp_path / "out")
        sentence = spoil(tmp_path / "out")
        assert await checks() == (1, "", f"{sentence}\nThe export in out is not as it was written.\n")
        shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "out has no manifest.json: it is no export, or one that has not come to its end. Make a new one.\n"),
        ("{", "out/manifest.json is no manifest of the format tiyin-orders/1.\n"),
        (
            '{"format": "tiyin-orders/2", "files": [], "totals": {}}',
            "out/manifest.json is no manifest of the format tiyin-orders/1.\n",
        ),
    ],
)
async def test_without_its_manifest_it_is_not_whole(shop, exports, checks, tmp_path, content, sentence):
    await exports(before="2026-01-01")
    (tmp_path / "out" / "manifest.json").unlink()
    if content is not None:
        (tmp_path / "out" / "manifest.json").write_text(content)
    assert await checks() == (1, "", sentence)


async def test_what_is_there_is_never_overwritten(shop, exports, tmp_path):
    await exports(before="2026-01-01")
    assert await exports(before="2026-01-01") == (1, "", "out is there and not empty: name a new folder.\n")
    (tmp_path / "file").touch()
    assert await exports("file", before="2026-01-01") == (1, "", "file is there and not empty: name a new folder.\n")


async def test_a_disk_that_is_full_leaves_nothing(shop, exports, tmp_path, monkeypatch):
    await shop.opens("1001")
    await shop.closes("1001")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    sentence = "out cannot be written (No space left on device), and nothing is exported.\n"
    assert await exports() == (1, "", sentence)
    assert not (tmp_path / "out").exists()


async def test_the_manifest_is_there_when_all_else_is_on_the_disk(shop, exports, tmp_path, monkeypatch):
    done, fsync, replace = [], os.fsync, os.replace
    await shop.opens("1001")
    await shop.closes("1001")
    monkeypatch.setattr(os, "fsync", lambda file: (done.append(os.readlink(f"/proc/self/fd/{file}")), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda *names: (done.append(str(names[1])), replace(*names)))
    assert (await exports(tmp_path / "out"))[0] == 0
    folder = str(tmp_path / "out")
    new = next(name for name in done if ".new-" in name)
    assert done == [f"{folder}/orders-000001.jsonl", folder, new, f"{folder}/manifest.json", folder, str(tmp_path)]


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("2999-01-01", "2999-01-01 is still to come: until then orders may be finished.\n"),
        ("may", "'may' is neither a day such as 2026-01-01 nor a moment such as 2026-01-01T12:00Z.\n"),
    ],
)
async def test_a_moment_must_be_past(shop, exports, tmp_path, before, sentence):
    assert await exports(before=before) == (1, "", sentence)
    assert not (tmp_path / "out").exists()
