"""Bad input: always problem+json that says which field and why."""

import json
from typing import Any

import pytest

from core.domain.refusals import Refusal
from merchant_api.errors import PROBLEMS
from schema.values import MAX_AMOUNT
from tests.actors.shop import Shop

ORDERS = "/api/v1/orders"
GOOD = {"account": "1001", "amount": 500_00}

UNREADABLE = [
    pytest.param(b"", "Expecting value at line 1, column 1.", id="empty"),
    pytest.param(b"{", "Expecting property name enclosed in double quotes at line 1, column 2.", id="cut off"),
    pytest.param(b"account=1001&amount=5", "Expecting value at line 1, column 1.", id="form"),
    pytest.param(b'{"amount":1}{"amount":1}', "Extra data at line 1, column 13.", id="two documents"),
    pytest.param(b'{"amount":1,"amount":2}', "A field came twice.", id="field twice"),
    pytest.param(b'{"metadata":{"a":1,"a":1}}', "A field came twice.", id="field twice within"),
    pytest.param(b'{"amount":NaN}', "NaN and Infinity are not JSON.", id="NaN"),
    pytest.param(b'{"amount":-Infinity}', "NaN and Infinity are not JSON.", id="Infinity"),
    pytest.param(b'{"amount":' + b"9" * 5000 + b"}", "A number is too long.", id="5000 digits"),
    pytest.param(b'{"amount":1.' + b"9" * 5000 + b"}", "A number is too long.", id="5000 places"),
    pytest.param(b'{"amount":1e99999999999999999999}', "A number is too large.", id="exponent"),
    pytest.param(b"[" * 60_000, "The body is nested too deeply.", id="nested"),
    pytest.param(b'{"a":' * 12_000, "The body is nested too deeply.", id="nested objects"),
    pytest.param('{"account":"Ж"}'.encode("cp1251"), "The body is not UTF-8.", id="cp1251"),
    pytest.param('{"account":"1"}'.encode("utf-16"), "The body is not UTF-8.", id="UTF-16"),
    pytest.param(b'\xef\xbb\xbf{"account":"1"}', "Expecting value at line 1, column 1.", id="byte order mark"),
    pytest.param(b'{"account":"\x00"}', "Invalid control character at line 1, column 13.", id="NUL byte"),
]

WHOLE, LETTERS = "must be a whole number, not in quotes", "must be 1-255 characters, none of them a control character"
TIME = "must be an ISO 8601 time with its offset, such as 2026-11-22T10:15:30Z"
DIGITS = "has more digits than a JSON number keeps; send it as a string"
HALF = "holds NUL or half a character"

INVALID = [
    pytest.param({"account": None}, "account", "is required", id="no account"),
    pytest.param({"account": ""}, "account", LETTERS, id="empty account"),
    pytest.param({"account": "a" * 256}, "account", LETTERS, id="256 characters"),
    pytest.param({"account": "a\nb"}, "account", LETTERS, id="newline in account"),
    pytest.param({"account": "a\x7f"}, "account", LETTERS, id="delete in account"),
    pytest.param({"account": "a\x85"}, "account", LETTERS, id="C1 control in account"),
    pytest.param({"account": 1001}, "account", "must be a string", id="account as number"),
    pytest.param({"account": ["1001"]}, "account", "must be a string", id="account as list"),
    pytest.param({"account": "a\x00"}, "account", HALF, id="NUL in account"),
    pytest.param({"account": "a\ud83d"}, "account", HALF, id="surrogate in account"),
    #
    pytest.param({"amount": None}, "amount", "is required", id="no amount"),
    pytest.param({"amount": 0}, "amount", "must be at least 1", id="nothing"),
    pytest.param({"amount": -500_00}, "amount", "must be at least 1", id="negative"),
    pytest.param({"amount": MAX_AMOUNT + 1}, "amount", f"must be at most {MAX_AMOUNT}", id="2^53"),
    pytest.param({"amount": 10**30}, "amount", f"must be at most {MAX_AMOUNT}", id="10^30"),
    pytest.param({"amount": 500.0}, "amount", WHOLE, id="with a point"),
    pytest.param({"amount": 19.99}, "amount", WHOLE, id="in so'm"),
    pytest.param({"amount": "50000"}, "amount", WHOLE, id="as text"),
    pytest.param({"amount": True}, "amount", WHOLE, id="true"),
    pytest.param({"amount": {}}, "amount", WHOLE, id="an object"),
    #
    pytest.param({"kind": "monthly"}, "kind", "must be one_time or accumulative", id="kind"),
    pytest.param({"kind": ["one_time"]}, "kind", "must be one_time or accumulative", id="kind as list"),
    pytest.param({"kind": "accumulative"}, "amount", "is a field of one_time orders only", id="amount of a balance"),
    pytest.param({"min_amount": 1}, "min_amount", "is a field of accumulative orders only", id="limit of an order"),
    #
    pytest.param({"description": "a" * 1001}, "description", "must be at most 1000 characters long", id="long"),
    pytest.param({"description": 5}, "description", "must be a string", id="description as number"),
    pytest.param({"description": "\x00"}, "description", HALF, id="NUL in description"),
    pytest.param({"description": "\udc00"}, "description", HALF, id="surrogate in description"),
    #
    pytest.param({"expires_at": "tomorrow"}, "expires_at", TIME, id="no time"),
    pytest.param({"expires_at": "2199-01-01T00:00:00"}, "expires_at", TIME, id="no offset"),
    pytest.param({"expires_at": "2199-01-01"}, "expires_at", TIME, id="date"),
    pytest.param({"expires_at": "2199-02-30T00:00:00Z"}, "expires_at", TIME, id="no such day"),
    pytest.param({"expires_at": "9999-12-31T23:59:59-05:00"}, "expires_at", TIME, id="year 10000"),
    pytest.param({"expires_at": "0001-01-01T00:00:00+05:00"}, "expires_at", TIME, id="year 0"),
    pytest.param({"expires_at": 7_258_118_400_000}, "expires_at", TIME, id="milliseconds"),
    pytest.param({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "must lie in the future", id="over"),
    #
    pytest.param({"metadata": []}, "metadata", "must be an object", id="metadata as list"),
    pytest.param(
        {"metadata": {"a": []}}, "metadata.a", "must be a string, a number, true, false or null", id="list within"
    ),
    pytest.param({"metadata": {"a": 2**53}}, "metadata.a", DIGITS, id="2^53 within"),
    pytest.param({"metadata": {"a": 1e300}}, "metadata.a", DIGITS, id="1e300 within"),
    pytest.param(
        {"metadata": {str(n): n for n in range(51)}}, "metadata", "must have at most 50 entries", id="51 notes"
    ),
    pytest.param({"metadata": {"a": "a" * 8192}}, "metadata", "must be at most 8192 bytes of JSON", id="8 KiB"),
    pytest.param({"metadata": {"a": "ж" * 4096}}, "metadata", "must be at most 8192 bytes of JSON", id="8 KiB of two"),
    pytest.param({"metadata": {"a": "\x00"}}, "metadata.a", HALF, id="NUL within"),
    pytest.param({"metadata": {"\ud800": "a"}}, "metadata", HALF, id="surrogate in a name"),
    #
    pytest.param({"items": {}}, "items", "must be an array", id="items as object"),
    pytest.param({"items": [5]}, "items[0]", "must be an object", id="item as number"),
    pytest.param({"shipping": 5}, "shipping", "must be an object", id="shipping as number"),
    pytest.param({"links": {}}, "links", "is not a field of this object", id="unknown field"),
    pytest.param({"Amount": 5}, "Amount", "is not a field of this object", id="another case"),
    pytest.param({"х" * 500: 5}, "х" * 128, "is not a field of this object", id="long name"),
]

LIMITS = [
    pytest.param({"min_amount": 2, "max_amount": 1}, "max_amount", "must not be below min_amount", id="crossed"),
    pytest.param({"min_amount": 0}, "min_amount", "must be at least 1", id="nothing"),
    pytest.param({"max_amount": 1.5}, "max_amount", WHOLE, id="fraction"),
]

WRONG_METHODS = [
    pytest.param("PUT", ORDERS, "GET, HEAD, OPTIONS, POST", id="PUT orders"),
    pytest.param("DELETE", ORDERS + "/1001", "GET, HEAD, OPTIONS, PATCH", id="DELETE order"),
    pytest.param("GET", ORDERS + "/1001/cancel", "OPTIONS, POST", id="GET cancel"),
    pytest.param("PATCH", ORDERS, "GET, HEAD, OPTIONS, POST", id="PATCH orders"),
    pytest.param("POST", "/api/openapi.json", "GET, HEAD, OPTIONS", id="POST openapi"),
    pytest.param("PROPFIND", ORDERS, "GET, HEAD, OPTIONS, POST", id="PROPFIND orders"),
]

UNKNOWN_PATHS = [
    "/api/v1",
    "/api/v1/orders/",
    "/api/v2/orders",
    "/api/v1/orders/1001/refund",
    "/api/v1/orders/a/b/cancel",
]


def test_every_problem_is_named_after_its_refusal():
    assert {refusal: kind.word for refusal, kind in PROBLEMS.items()} == {refusal: str(refusal) for refusal in Refusal}


@pytest.mark.parametrize(("body", "detail"), UNREADABLE)
async def test_what_is_not_json_is_unreadable(shop: Shop, body: bytes, detail: str):
    status, _, problem = await shop.calls("POST", ORDERS, body=body)
    assert (status, problem) == (
        400,
        {
            "type": "urn:problem-type:tiyin:unreadable",
            "title": "The body is not JSON",
            "status": 400,
            "detail": detail,
            "errors": [],
        },
    )


@pytest.mark.parametrize(("wrong", "field", "message"), INVALID)
async def test_an_invalid_field_is_named(shop: Shop, wrong: dict[str, Any], field: str, message: str):
    status, _, problem = await shop.calls("POST", ORDERS, body=json.dumps(GOOD | wrong).encode())
    assert (status, problem) == (
        422,
        {
            "type": "urn:problem-type:tiyin:invalid",
            "title": "Some fields are not valid",
            "status": 422,
            "detail": f"Not valid: {field}.",
            "errors": [{"field": field, "message": message}],
        },
    )
    assert await shop.states() == []


@pytest.mark.parametrize(("limits", "field", "message"), LIMITS)
async def test_limits_that_no_amount_fits_are_refused(shop: Shop, limits: dict[str, Any], field: str, message: str):
    assert await shop.field_errors({"account": "1", "kind": "accumulative", **limits}) == [(field, message)]


@pytest.mark.parametrize("document", [[], [GOOD], "1001", 5, None, True])
async def test_an_order_is_an_object(shop: Shop, document: Any):
    assert await shop.field_errors(body=json.dumps(document).encode()) == [("body", "must be an object")]


async def test_every_field_error_is_answered_at_once(shop: Shop):
    field_errors = await shop.field_errors({"account": "", "amount": 0, "colour": "red"})
    assert [field for field, _ in field_errors] == ["account", "amount", "colour"]


async def test_at_most_twenty_field_errors_are_answered(shop: Shop):
    assert len(await shop.field_errors({str(number): 1 for number in range(5000)})) == 20


@pytest.mark.parametrize("path", UNKNOWN_PATHS)
async def test_an_unknown_path_is_a_problem_too(shop: Shop, path: str):
    assert await shop.refused("POST", path, GOOD) == (404, "unknown_path")


@pytest.mark.parametrize(("method", "path", "allow"), WRONG_METHODS)
async def test_a_wrong_method_is_answered_with_the_right_ones(shop: Shop, method: str, path: str, allow: str):
    assert await shop.refused(method, path) == (405, "wrong_method")
    assert (await shop.calls(method, path)).headers["Allow"] == allow


async def test_options_answers_with_the_methods(shop: Shop):
    status, headers, body = await shop.asks("OPTIONS", ORDERS)
    assert (status, headers["Allow"], body) == (204, "GET, HEAD, OPTIONS, POST", "")
