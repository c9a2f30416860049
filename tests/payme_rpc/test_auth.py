"""Who may call: the rows A1 to A17 (Payme, "Authentication"); A19 and A20 are in tests/gateway/test_allow_lists.py.

That each method refuses each of A1 to A10 is asked by the sandbox's suite (`payme.A1` to `payme.A10`); here is what it
can't see: the whole answer, the rows, the log, and the gateway's settings.
"""

import json

import pytest

from inbound.allow_list import AllowList
from payme_rpc.auth import shop_of
from payme_rpc.cash_box import CashBox
from tests.actors.payme import basic, creation
from tests.conftest import SETTINGS
from tests.payme_rpc.calls import CALLS, A

KEY = SETTINGS["PAYME_KEY"]
TEST_KEY = SETTINGS["PAYME_TEST_KEY"]
PREVIOUS = "the-key-before-0123456789"
FORBIDDEN = {
    "code": -32504,
    "message": {"ru": "Недостаточно прав", "uz": "Huquqlar yetarli emas", "en": "Not enough privileges"},
}


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({}, id="A1"),
        pytest.param({"Authorization": "Bearer x"}, id="A2"),
        pytest.param({"Authorization": "Basic"}, id="A3"),
        pytest.param({"Authorization": "Basic it's not base64"}, id="A4"),
        pytest.param(basic(b"Paycom:\xff\xfe"), id="A5"),
        pytest.param(basic("Paycom"), id="A6"),
        pytest.param(basic(f"Merchant:{KEY}"), id="A7"),
        pytest.param(basic("Paycom:"), id="A8"),
        pytest.param(basic(f"Paycom:{KEY}1"), id="A9"),
        pytest.param(basic(f"Paycom:{KEY[:-1]}2"), id="A10"),
    ],
)
async def test_wrong_credentials_change_nothing(payme, shop, order, now, credentials):
    call = {"method": "CreateTransaction", "params": creation(A, now), "id": 7}
    answer = await payme.sends(json.dumps(call), credentials, auth=False)
    assert answer == {"jsonrpc": "2.0", "id": 7, "error": FORBIDDEN}
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("method", CALLS)
async def test_the_test_key_is_refused_by_every_method(payme, order, method):  # A14
    assert await payme.with_key(TEST_KEY).says(method, **CALLS[method]) == -32504


def test_an_empty_configured_key_matches_nothing():  # A8
    box = CashBox("main", "587f", "Paycom", ("",), "", "order_id", -31053, AllowList(), sandbox=True)
    assert shop_of(box, [basic("Paycom:")["Authorization"]]) is None
    assert shop_of(box, [basic("Paycom")["Authorization"]]) is None


@pytest.mark.parametrize(
    ("body", "rpc_id"),
    [
        pytest.param(b'{"id":7,', None, id="A11 broken"),
        pytest.param(b'{"method":"Nonsense","params":{},"id":7}', 7, id="A12 unknown method"),
        pytest.param(b'{"method":"PerformTransaction","params":[],"id":7}', 7, id="A12 bad params"),
        pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":40269}', 40269, id="A13 integer"),
        pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":"a-b"}', "a-b", id="A13 string"),
        pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":[1]}', None, id="A13 list"),
        pytest.param(b'{"id":7,"x":"' + b"x" * 70_000 + b'"}', None, id="A13 too large"),
    ],
)
async def test_credentials_are_checked_before_anything_else(payme, body, rpc_id):
    answer = await payme.with_key(KEY + "x").sends(body)
    assert answer == {"jsonrpc": "2.0", "id": rpc_id, "error": FORBIDDEN}


@pytest.mark.settings(PAYME_SANDBOX="1")
@pytest.mark.parametrize(
    ("key", "answer"),
    [pytest.param(TEST_KEY, -31050, id="A15 test"), pytest.param(KEY, {"allow": True}, id="A15 live")],
)
async def test_both_keys_are_accepted_while_the_sandbox_may_call(payme, order, key, answer):
    """The test key sees no live order: `gateway/test_test_mode.py`."""
    assert await payme.with_key(key).checks() == answer


@pytest.mark.settings(PAYME_KEY_PREVIOUS=PREVIOUS)
@pytest.mark.parametrize("key", [pytest.param(KEY, id="A16 key"), pytest.param(PREVIOUS, id="A16 previous")])
async def test_the_previous_key_is_accepted_while_it_is_being_changed(payme, order, key):
    assert await payme.with_key(key).checks() == {"allow": True}


def _of(key):
    return pytest.param(key, id=f"A17 {key[0]}", marks=pytest.mark.settings(PAYME_KEY=key))


@pytest.mark.parametrize("key", [_of(f"{sign}a0123456789{sign}bcdef{sign}") for sign in "#&?%@^:"])
async def test_any_sign_may_stand_in_a_key(payme, order, key):
    assert await payme.with_key(key).checks() == {"allow": True}


async def test_two_authorization_headers_are_refused(payme, order):
    status, body = await _raw(payme, [*payme.credentials.items(), *payme.credentials.items()])
    assert (status, body["error"]["code"]) == (200, -32504)


async def _raw(payme, headers):
    async with payme.http.post(payme.url, data=b"{}", headers=headers) as response:
        return response.status, await response.json()


async def test_a_cash_box_does_not_show_its_keys():
    box = CashBox("main", "587f", "Paycom", (KEY,), TEST_KEY, "order_id", -31053, AllowList(), sandbox=False)
    assert KEY not in repr(box)
    assert TEST_KEY not in repr(box)


async def test_a_shop_that_is_not_there_is_answered_like_a_wrong_key(payme):
    answer = await payme.sends(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":3}', path="/nobody")
    assert answer == {"jsonrpc": "2.0", "id": 3, "error": FORBIDDEN}
