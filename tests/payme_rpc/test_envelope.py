"""What is around a call: the rows E1 to E17 (Payme, "Request format", "Response format", "General errors")."""

import asyncio
import gzip
import json

import pytest

from inbound import body
from tests.actors.payme import OK
from tests.payme_rpc.calls import CALLS, A, authorization, refusal

CHECK = b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1}'


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("auth", [True, False])
async def test_any_other_verb_is_answered_that_it_must_be_post(payme, verb, auth):  # E1
    answer = await payme.sends(CHECK, verb=verb, auth=auth)
    assert (answer["id"], answer["error"]["code"]) == (None, -32300)


async def test_head_is_answered_like_get_without_its_body(payme):  # E1
    status, headers, body = await payme.exchanges(b"", verb="HEAD")
    assert (status, headers["Content-Type"], body) == (200, "application/json; charset=UTF-8", b"")


DEEP = b"[" * 60_000

UNREADABLE = [
    pytest.param(b"{", id="E2"),
    pytest.param(b"", id="E3"),
    pytest.param(b'{"id":1,"method":"' + b"x" * 1_000_000 + b'"}', id="E4 1 MB"),
    pytest.param(CHECK + b" " * (64 * 1024 + 1 - len(CHECK)), id="E4 64 KiB + 1"),
    pytest.param(DEEP, id="nested beyond measure"),
    pytest.param(b'{"a":' * 10_000, id="objects nested beyond measure"),
    pytest.param(DEEP[:30_000] + b"]" * 30_000, id="nested and closed"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":NaN},"id":1}', id="NaN"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":-Infinity},"id":1}', id="-Infinity"),
    pytest.param(b'{"method":"CheckTransaction","method":"PerformTransaction","params":{"id":"5"},"id":1}', id="twice"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"\xff"},"id":1}', id="not UTF-8"),
    pytest.param(CHECK.decode().encode("utf-16"), id="UTF-16"),
    pytest.param(b"\xef\xbb\xbf" + CHECK, id="byte order mark"),
    pytest.param(CHECK + CHECK, id="two values"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"\x00"},"id":1}', id="raw NUL"),
    pytest.param(b"method=CheckTransaction&id=5f3a", id="a form"),
    pytest.param(b"<?xml version='1.0'?><methodCall/>", id="XML"),
    pytest.param(b"{'method':'CheckTransaction'}", id="single quotes"),
    pytest.param(b'{"id":1,}', id="trailing comma"),
    pytest.param(b'{"id":01}', id="leading zero"),
]


@pytest.mark.parametrize("body", UNREADABLE)
async def test_what_is_not_json_cannot_be_read(payme, body):
    answer = await payme.sends(body)
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)


async def test_a_body_may_be_as_long_as_the_bound(payme):  # E4
    assert (await payme.sends(CHECK + b" " * (64 * 1024 - len(CHECK))))["error"]["code"] == -31003


INVALID = [
    pytest.param(b"[]", None, id="E5 empty batch"),
    pytest.param(b"[" + b",".join([CHECK] * 2) + b"]", None, id="E5 batch"),
    pytest.param(b"5", None, id="E5 number"),
    pytest.param(b"null", None, id="E5 null"),
    pytest.param(b'"CheckTransaction"', None, id="E5 string"),
    pytest.param(b'{"params":{"id":"5f3a"},"id":1}', 1, id="E6 no method"),
    pytest.param(b'{"method":5,"params":{"id":"5f3a"},"id":1}', 1, id="E6 number"),
    pytest.param(b'{"method":null,"params":{"id":"5f3a"},"id":1}', 1, id="E6 null"),
    pytest.param(b'{"method":["CheckTransaction"],"params":{"id":"5f3a"},"id":1}', 1, id="E6 list"),
    pytest.param(b'{"method":"CheckTransaction","params":["5f3a"],"id":1}', 1, id="E7 list"),
    pytest.param(b'{"method":"CheckTransaction","params":[],"id":1}', 1, id="E7 empty list"),
    pytest.param(b'{"method":"CheckTransaction","params":"5f3a","id":1}', 1, id="E7 string"),
    pytest.param(b'{"method":"CheckTransaction","params":null,"id":1}', 1, id="E7 null"),
    pytest.param(b'{"method":"CheckTransaction","id":1}', 1, id="E7 missing"),
    pytest.param(b'{"method":"CheckTransaction","params":{"self":"5f3a"},"id":1}', 1, id="another name"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":true}', None, id="id is a bool"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":[1]}', None, id="id is a list"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1.5}', None, id="id is a fraction"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1e999}', None, id="id is infinite"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":"\\ud800"}', None, id="E17 surrogate in id"),
    pytest.param(b'{"method":"Check\\u0000","params":{"id":"5f3a"},"id":1}', 1, id="E17 NUL in method"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f\\u0000"},"id":1}', 1, id="E17 NUL in params"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f","\\udfff":1},"id":1}', 1, id="E17 in a name"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f","x":[{"y":"\\ud800"}]},"id":1}', 1, id="E17 deep"),
    pytest.param(b'{"method":"CheckTransaction","params":{"id":"5f"},"id":1,"x":"\\u0000"}', 1, id="E17 beside"),
]


@pytest.mark.parametrize(("body", "rpc_id"), INVALID)
async def test_what_is_no_call_is_refused_once(payme, body, rpc_id):
    answer = await payme.sends(body)
    assert (answer["id"], answer["error"]["code"]) == (rpc_id, -32600)


@pytest.mark.parametrize("name", ["ChangePassword", "Nonsense", "checktransaction", "", "_handle", "post", "Чек"])
async def test_an_unknown_method_is_named(payme, name):  # E8
    error = (await payme.answers(name, id=A))["error"]
    assert (error["code"], error["data"]) == (-32601, name)


@pytest.mark.parametrize(
    "rpc_id",
    [
        pytest.param("a-string", id="E9"),
        pytest.param(None, id="null"),
        pytest.param(0, id="zero"),
        pytest.param(-5, id="negative"),
        pytest.param(10**30, id="beyond a bigint"),
        pytest.param("", id="empty"),
        pytest.param("№ 5 😀", id="of any script"),
    ],
)
async def test_the_id_comes_back_as_it_was_sent(payme, order, rpc_id):
    good = {"method": "CheckPerformTransaction", "params": CALLS["CheckPerformTransaction"], "id": rpc_id}
    assert await payme.calls(good) == {"jsonrpc": "2.0", "id": rpc_id, "result": {"allow": True}}
    bad = await payme.calls({**good, "method": "Nonsense"})
    assert (bad["id"], bad["error"]["code"]) == (rpc_id, -32601)


async def test_a_call_without_an_id_is_answered_all_the_same(payme):  # E10
    answer = await payme.sends(b'{"method":"CheckTransaction","params":{"id":"5f3a"}}')
    assert (answer["id"], answer["error"]["code"]) == (None, -31003)


@pytest.mark.parametrize("version", [{}, {"jsonrpc": "2.0"}, {"jsonrpc": "1.0"}, {"jsonrpc": None}])
async def test_the_version_is_neither_required_nor_refused(payme, order, version):  # E11
    call = {"method": "CheckPerformTransaction", "params": CALLS["CheckPerformTransaction"], "id": 1, **version}
    assert (await payme.calls(call))["result"] == {"allow": True}


@pytest.mark.parametrize("content_type", ["multipart/form-data", "nonsense"])
async def test_the_content_type_is_not_looked_at(payme, content_type):  # E12
    assert (await payme.sends(CHECK, {"Content-Type": content_type}))["error"]["code"] == -31003


async def test_an_error_has_its_message_in_three_languages(payme):  # E13
    message = {"ru": "Транзакция не найдена", "uz": "Tranzaksiya topilmadi", "en": "The transaction was not found"}
    assert await payme.sends(CHECK) == {"jsonrpc": "2.0", "id": 1, "error": {"code": -31003, "message": message}}


@pytest.mark.parametrize("path", ["", "/", "/main", "/main/"])
async def test_a_slash_at_the_end_changes_nothing(payme, path):  # E14
    assert (await payme.sends(CHECK, path=path))["error"]["code"] == -31003


WHOLE = [None, True, "5000000", [OK], {"amount": OK}, 5000000.0, 5000000.5, 1e300]


@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
@pytest.mark.parametrize("amount", WHOLE, ids=repr)
async def test_an_amount_is_a_whole_number(payme, shop, order, method, amount):  # E15
    assert await payme.says(method, **CALLS[method] | {"amount": amount}) == -32600
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
async def test_an_amount_must_be_there(payme, method):  # E15
    params = {name: value for name, value in CALLS[method].items() if name != "amount"}
    assert await payme.says(method, **params) == -32600


async def test_a_number_of_five_thousand_digits_is_no_amount(payme):
    body = '{"method":"CheckPerformTransaction","params":{"amount":NINES,"account":{"order_id":"1"}},"id":1}'
    answer = await payme.sends(body.replace("NINES", "9" * 5000))
    assert (answer["id"], answer["error"]["code"]) == (1, -32600)


STRINGS = [None, True, 5, 1.5, [A], {"id": A}, "", "x" * 65]
NUMBERS = [None, True, "1790000000000", [1], {"time": 1}, 1.5]

MISTYPED = [
    *[(method, "id", value) for method in CALLS if "id" in CALLS[method] for value in STRINGS],
    *[("CreateTransaction", "time", value) for value in [*NUMBERS, 0, -1, 999_999_999_999, 10**13, 10**30]],
    *[("CancelTransaction", "reason", value) for value in [*NUMBERS, 2**31, -(2**31) - 1, 10**30]],
    *[("GetStatement", name, value) for name in ("from", "to") for value in NUMBERS],
]


@pytest.mark.parametrize(("method", "name", "value"), MISTYPED, ids=str)
async def test_a_mistyped_parameter_is_refused(payme, method, name, value):  # E16
    assert await payme.says(method, **CALLS[method] | {name: value}) == -32600


MISSING = [
    *[(method, "id") for method in CALLS if "id" in CALLS[method]],
    ("CreateTransaction", "time"),
    ("CancelTransaction", "reason"),
    ("GetStatement", "from"),
    ("GetStatement", "to"),
]


@pytest.mark.parametrize(("method", "name"), MISSING)
async def test_a_missing_parameter_is_refused(payme, method, name):  # E16
    params = {other: value for other, value in CALLS[method].items() if other != name}
    assert await payme.says(method, **params) == -32600


@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
@pytest.mark.parametrize(
    "account",
    [
        pytest.param({"order_id": "10\x0001"}, id="E17 NUL"),
        pytest.param({"order_id": "10\ud80001"}, id="E17 surrogate"),
        pytest.param({"order_id": "1001", "phone": "\x00"}, id="E17 NUL in another value"),
        pytest.param({"order_id": "1001", "phone": "\udfff"}, id="E17 surrogate in another value"),
        pytest.param("\x00", id="E17 no object"),
    ],
)
async def test_what_cannot_be_stored_names_no_order(payme, order, method, account):
    assert await refusal(payme, method, **CALLS[method] | {"account": account}) == -31050


@pytest.mark.parametrize("name", ["\x00", "\ud800"])
async def test_what_cannot_be_stored_is_no_name_of_a_field(payme, order, name):  # E17
    account = {"order_id": "1001", name: 1}
    assert await payme.says("CheckPerformTransaction", amount=OK, account=account) == -32600


async def test_escapes_that_are_harmless_are_read(payme, shop):
    await shop.opens("Ёлка 😀", amount=OK)
    params = {"amount": OK, "account": {"order_id": "Ёлка 😀"}}
    body = json.dumps({"method": "CheckPerformTransaction", "params": params})
    assert "\\ud83d\\ude00" in body
    assert (await payme.sends(body))["result"] == {"allow": True}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_nothing_is_unpacked(payme, encoding):
    assert (await payme.sends(CHECK, {"Content-Encoding": encoding}))["error"]["code"] == -31003
    packed = gzip.compress(CHECK)
    assert (await payme.sends(packed, {"Content-Encoding": encoding}))["error"]["code"] == -32700


async def test_an_unknown_expectation_is_answered_like_any_call(payme):
    assert (await payme.sends(CHECK, {"Expect": "the-unexpected"}))["error"]["code"] == -31003


async def test_a_body_that_does_not_come_is_not_waited_for(gateway, payme, monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    head = "POST /payment/callback/payme HTTP/1.1", "Host: x", "Content-Length: 100", authorization(payme)
    writer.write("\r\n".join([*head, "", "{"]).encode())
    async with asyncio.timeout(30):
        answer = await reader.read()  # to the end: the connection is closed
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"code":-32700' in answer
    writer.close()
