"""Receipts of the tax office: F1 to F5 (Payme, "SetFiscalData")."""

import json

import pytest
from sqlalchemy import text

from tests.payme_rpc.calls import FISCAL_DATA, A


@pytest.fixture(autouse=True)
async def paid(payme, order, now):
    await payme.creates(A, now)
    await payme.performs(A)


async def _kept(database):
    async with database.connect() as connection:
        row = (await connection.execute(text("SELECT fiscal_perform, fiscal_cancel FROM payments"))).one()
    return tuple(value if value is None or isinstance(value, dict) else json.loads(value) for value in row)


async def _sets(payme, **changes):
    return await payme.says("SetFiscalData", **{"id": A, "type": "PERFORM", "fiscal_data": FISCAL_DATA} | changes)


@pytest.mark.parametrize("receipt_id", [121, "121"])
async def test_a_receipt_is_kept(payme, database, receipt_id):  # F1
    data = {**FISCAL_DATA, "receipt_id": receipt_id}
    assert await _sets(payme, fiscal_data=data) == {"success": True}
    assert await _kept(database) == (data, None)


async def test_a_repeat_overwrites(payme, database):  # F2
    await _sets(payme)
    assert await _sets(payme, fiscal_data={"receipt_id": 122}) == {"success": True}
    assert await _kept(database) == ({"receipt_id": 122}, None)


async def test_the_receipt_of_a_cancel_is_kept_apart(payme, database):  # F3
    await _sets(payme)
    assert await _sets(payme, type="CANCEL", fiscal_data={"receipt_id": 7}) == {"success": True}
    assert await _kept(database) == (FISCAL_DATA, {"receipt_id": 7})


WRONG = [
    *[{"type": kind} for kind in ("REFUND", "perform", "", None, 1, ["PERFORM"])],
    *[{"fiscal_data": data} for data in (None, "x", 5, True, [FISCAL_DATA])],
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_wrong_parameters_have_a_code_of_their_own(payme, database, wrong):  # F5
    assert await _sets(payme, **wrong) == -32602
    assert await _kept(database) == (None, None)


async def test_missing_parameters_have_the_same_code(payme):  # F5
    assert await payme.says("SetFiscalData", id=A) == -32602


UNKEEPABLE = ["1e999", "1" * 500, "[" * 900 + "]" * 900]


@pytest.mark.parametrize("value", UNKEEPABLE, ids=["infinite", "500 digits", "900 deep"])
async def test_a_value_that_cannot_be_kept_is_refused(payme, database, value):
    call = {"method": "SetFiscalData", "params": {"id": A, "type": "PERFORM", "fiscal_data": {"date": "VALUE"}}}
    assert (await payme.sends(json.dumps(call).replace('"VALUE"', value)))["error"]["code"] == -32602
    assert await _kept(database) == (None, None)


async def test_what_cannot_be_stored_is_refused(payme, database):
    assert await _sets(payme, fiscal_data={"account": {"message": "\x00"}}) == -32600
    assert await _kept(database) == (None, None)


async def test_a_receipt_changes_nothing_else(payme):
    before = await payme.looks_at(A)
    await _sets(payme)
    assert await payme.looks_at(A) == before
