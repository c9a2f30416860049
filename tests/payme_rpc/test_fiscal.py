"""Receipts of the tax office: F1 to F5 (Payme, "SetFiscalData")."""

import json

import pytest
from sqlalchemy import text

from tests.payme_rpc.calls import FISCAL_DATA, A

ANOTHER = {**FISCAL_DATA, "receipt_id": 122}
FAILURE = {"status_code": -1, "message": "the OFD does not answer"}
COLUMNS = ("fiscal_perform", "fiscal_cancel", "fiscal_perform_failure", "fiscal_cancel_failure")


@pytest.fixture(autouse=True)
async def paid(payme, order, now):
    await payme.creates(A, now)
    await payme.performs(A)


async def _kept(database):
    """What is kept of fiscal data as it came, by column; without those that are empty."""
    async with database.connect() as connection:
        statement = f"SELECT {', '.join(COLUMNS)} FROM payments WHERE shop = 'main'"
        row = (await connection.execute(text(statement))).one()
    values = [json.loads(value) if isinstance(value, str) else value for value in row]
    return {name: value["raw"] for name, value in zip(COLUMNS, values, strict=True) if value is not None}


async def _sets(payme, **changes):
    return await payme.says("SetFiscalData", **{"id": A, "type": "PERFORM", "fiscal_data": FISCAL_DATA} | changes)


@pytest.mark.parametrize("receipt_id", [121, "121"])
async def test_a_receipt_is_kept(payme, database, receipt_id):  # F1
    data = {**FISCAL_DATA, "receipt_id": receipt_id}
    assert await _sets(payme, fiscal_data=data) == {"success": True}
    assert await _kept(database) == {"fiscal_perform": data}


async def test_a_repeat_overwrites(payme, database):  # F2
    await _sets(payme)
    assert await _sets(payme, fiscal_data=ANOTHER) == {"success": True}
    assert await _kept(database) == {"fiscal_perform": ANOTHER}


async def test_a_failure_is_kept_beside_the_receipt(payme, database):  # F2b
    await _sets(payme)
    assert await _sets(payme, fiscal_data=FAILURE) == {"success": True}
    assert await _kept(database) == {"fiscal_perform": FISCAL_DATA, "fiscal_perform_failure": FAILURE}


async def test_a_receipt_ends_the_failure_of_its_kind(payme, database):
    await _sets(payme, fiscal_data=FAILURE)
    await _sets(payme, type="CANCEL", fiscal_data=FAILURE)
    assert await _kept(database) == {"fiscal_perform_failure": FAILURE, "fiscal_cancel_failure": FAILURE}
    await _sets(payme)
    assert await _kept(database) == {"fiscal_perform": FISCAL_DATA, "fiscal_cancel_failure": FAILURE}


async def test_the_receipt_of_a_cancel_is_kept_apart(payme, database):  # F3
    await _sets(payme)
    assert await _sets(payme, type="CANCEL", fiscal_data=ANOTHER) == {"success": True}
    assert await _kept(database) == {"fiscal_perform": FISCAL_DATA, "fiscal_cancel": ANOTHER}


NO_TYPE = {"id": A, "fiscal_data": FISCAL_DATA}


@pytest.mark.parametrize("kind", [{}, {"type": None}], ids=["missing", "null"])
async def test_without_a_type_it_is_of_what_came_last(payme, database, kind):  # F2c
    assert await payme.says("SetFiscalData", **NO_TYPE, **kind) == {"success": True}
    await payme.cancels(A, 5)
    assert await payme.says("SetFiscalData", **{**NO_TYPE, "fiscal_data": ANOTHER}, **kind) == {"success": True}
    assert await _kept(database) == {"fiscal_perform": FISCAL_DATA, "fiscal_cancel": ANOTHER}


@pytest.mark.parametrize(
    ("kind", "column"),
    [("perform", "fiscal_perform"), ("Perform", "fiscal_perform"), ("cancel", "fiscal_cancel")],
)
async def test_a_type_may_be_in_any_case(payme, database, kind, column):  # F2c
    assert await _sets(payme, type=kind) == {"success": True}
    assert await _kept(database) == {column: FISCAL_DATA}


async def test_a_type_is_believed_whatever_the_state(payme, database):
    await payme.cancels(A, 5)
    assert await _sets(payme) == {"success": True}  # it may have been delayed
    assert await _kept(database) == {"fiscal_perform": FISCAL_DATA}


WRONG = [
    *[{"type": kind} for kind in ("REFUND", "", "PERFORM ", 1, True, ["PERFORM"], {"PERFORM": 1})],
    *[{"fiscal_data": data} for data in (None, "x", 5, True, [FISCAL_DATA])],
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_wrong_parameters_have_a_code_of_their_own(payme, database, wrong):  # F5
    assert await _sets(payme, **wrong) == -32602
    assert await _kept(database) == {}


async def test_missing_parameters_have_the_same_code(payme):  # F5
    assert await payme.says("SetFiscalData", id=A) == -32602


UNKEEPABLE = ["1e999", "1" * 500, "[" * 900 + "]" * 900]


@pytest.mark.parametrize("value", UNKEEPABLE, ids=["infinite", "500 digits", "900 deep"])
async def test_a_value_that_cannot_be_kept_is_refused(payme, database, value):
    call = {"method": "SetFiscalData", "params": {"id": A, "type": "PERFORM", "fiscal_data": {"date": "VALUE"}}}
    assert (await payme.sends(json.dumps(call).replace('"VALUE"', value)))["error"]["code"] == -32602
    assert await _kept(database) == {}


async def test_what_cannot_be_stored_is_refused(payme, database):
    assert await _sets(payme, fiscal_data={"account": {"message": "\x00"}}) == -32600
    assert await _kept(database) == {}


async def test_a_receipt_changes_nothing_else(payme):
    before = await payme.looks_at(A)
    await _sets(payme)
    assert await payme.looks_at(A) == before
