"""Which order and which payment a call was about is noted of every call, whatever came of it."""

import json

import pytest

from tests.payme_rpc.calls import CALLS, A

ORDER, PAYMENT, BOTH, NEITHER = ("1001", None), (None, A), ("1001", A), (None, None)


@pytest.mark.parametrize(
    ("method", "about"),
    [
        ("CheckPerformTransaction", ORDER),
        ("CreateTransaction", BOTH),
        ("PerformTransaction", PAYMENT),
        ("CancelTransaction", PAYMENT),
        ("CheckTransaction", PAYMENT),
        ("SetFiscalData", PAYMENT),
        ("GetStatement", NEITHER),
    ],
)
async def test_of_every_method_answered_well_or_refused_or_not_let_in(written, payme, shop, method, about):
    """The order isn't there, and then it is; what is asked for of it is refused, but for the first two methods."""
    call = {"method": method, "params": CALLS[method], "id": 1}
    await payme.calls(call)
    await shop.opens("1001", 5_000_000)
    await payme.calls(call)
    await payme.with_key("wrong").calls(call)
    await payme.sends(json.dumps(call), auth=False)
    first, opening, *others = written.about()
    assert opening == ORDER
    assert [first, *others] == [about] * 4


@pytest.mark.parametrize(
    ("body", "about"),
    [
        pytest.param({"method": "CreateTransaction", "params": {"id": A}}, PAYMENT, id="no account"),
        pytest.param({"method": "Create", "params": CALLS["CreateTransaction"]}, BOTH, id="unknown method"),
        pytest.param({"params": CALLS["CreateTransaction"]}, BOTH, id="no method"),
        pytest.param({"method": 7, "params": CALLS["CreateTransaction"], "id": {}}, BOTH, id="no envelope"),
        pytest.param({"method": "CreateTransaction", "params": [A]}, NEITHER, id="positional"),
        pytest.param({"method": "CreateTransaction"}, NEITHER, id="no parameters"),
        pytest.param([{"method": "PerformTransaction", "params": {"id": A}}], NEITHER, id="batch"),
        pytest.param(
            {"method": "PerformTransaction", "params": {"id": A, "account": {"order_id": "2"}}},
            PAYMENT,
            id="a stray account",
        ),
        pytest.param(b'{"method": "PerformTransaction", "params": {"id": "a', NEITHER, id="broken off"),
        pytest.param(b"\xff", NEITHER, id="bytes"),
    ],
)
@pytest.mark.parametrize("auth", [True, False])
async def test_what_is_malformed_says_it_as_far_as_it_can_be_read(written, payme, body, about, auth):
    await payme.sends(body if isinstance(body, bytes) else json.dumps(body), auth=auth)
    assert written.about() == [about]


@pytest.mark.parametrize(
    ("account", "noted"),
    [
        ("Ўзбек 1001", "Ўзбек 1001"),
        (1001, "1001"),
        (-(10**300), None),
        (10**200, str(10**200)),
        ("x" * 255, "x" * 255),
        ("x" * 256, None),
        ("", None),
        ("a\nb", None),
        ("a\x1b[31m", None),
        ("\x00", None),
        ("\ud83d", None),
        (True, None),
        (None, None),
        (1.5, None),
        ([], None),
        ({"order_id": "1001"}, None),
    ],
)
async def test_what_can_be_no_account_is_none(written, payme, journal_rows, account, noted):
    call = {"method": "CheckPerformTransaction", "params": {"amount": 1, "account": {"order_id": account}}, "id": 1}
    await payme.calls(call)
    await payme.with_key("wrong").calls(call)
    assert [row.about for row in await journal_rows(2)] == [noted] * 2
    assert written.about() == [(noted, None)] * 2


@pytest.mark.parametrize(
    ("external_id", "noted"),
    [
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("", None),
        ("a\nb", "a\nb"),
        ("\x00", None),
        ("\udfff", None),
        (7, None),
        (None, None),
        ([], None),
    ],
)
async def test_what_can_be_no_id_is_none(written, payme, journal_rows, external_id, noted):
    await payme.says("CheckTransaction", id=external_id)
    await payme.with_key("wrong").says("CheckTransaction", id=external_id)
    assert [row.about for row in await journal_rows(2)] == [noted] * 2
    assert written.about() == [(None, noted)] * 2


async def test_without_a_cash_box_no_field_is_an_account(written, payme):
    await payme.sends(json.dumps({"method": "CreateTransaction", "params": CALLS["CreateTransaction"]}), path="/cars")
    assert written.about() == [PAYMENT]


async def test_another_http_method_is_about_nothing(written, payme):
    await payme.sends(b"", verb="GET")
    assert written.about() == [NEITHER]


@pytest.mark.settings(RATE_LIMIT_FAILURES="1/hour")
async def test_what_is_no_longer_recorded_is_not_even_read(written, payme, journal_rows):
    call = {"method": "PerformTransaction", "params": {"id": A}, "id": 1}
    await payme.with_key("wrong").calls(call)
    await payme.sends(json.dumps(call), auth=False)
    assert [row.about for row in await journal_rows(1)] == [A]
    assert written.about() == [PAYMENT]
