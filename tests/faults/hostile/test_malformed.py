"""Every kind of malformed text at every interface, and every text that nobody expects in every field."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.faults.hostile import answer_checks
from tests.faults.hostile.answer_checks import outcome
from tests.faults.hostile.api_calls import ORDER
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.http_client import Request
from tests.faults.hostile.malformed import MALFORMED
from tests.faults.hostile.values import INTEGERS, OTHERS, TEXTS
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN, SHOP_KNOWN, World, click_sign
from tests.payme_rpc.calls import CALLS

GOOD = b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1}'
INTERFACES = {
    "payme": (PAYME, (PAYME_KNOWN,), GOOD, answer_checks.of_payme, -32700),
    "click": (CLICK, (), GOOD, answer_checks.of_click, -8),
    "api": (ORDERS, (SHOP_KNOWN,), json.dumps(ORDER).encode(), answer_checks.of_api, 400),
}


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_malformed_cannot_be_read(attack: Attack, interface: str, kind: str):
    path, credentials, good, verdict, code = INTERFACES[interface]
    request = Request(path, MALFORMED[kind](good), headers=credentials)
    answer = attack.run(attack.gateway.client.exchange(request))
    assert (list(verdict(request, answer)), outcome(answer)) == ([], code), answer


VALUES: list[Any] = [*TEXTS, *INTEGERS, *OTHERS]


def payme_calls_with(value: Any) -> list[Any]:
    """In the place of each parameter, of each part of the envelope, of the account and of another field beside it."""
    calls: list[Any] = []
    for number, (method, params) in enumerate(CALLS.items()):
        whole = {"method": method, "params": params, "id": number}
        calls += [{**whole, "params": {**params, name: value}} for name in params]
        calls += [{**whole, name: value} for name in (*whole, "jsonrpc", "more")]
        if "account" in params:
            accounts = {"order_id": value}, {"order_id": "1001", "phone": value}
            calls += [{**whole, "params": {**params, "account": account}} for account in accounts]
    return calls


def stored_calls_with(value: Any, payme_id: str, world: World) -> list[list[Any]]:
    """Where a payment is there to keep it: first the calls that make one, then those about it."""
    whole = {"time": world.now, "amount": 500_00}
    beside = {"order_id": "balance-1", "phone": value}
    about = {"id": payme_id, "type": "PERFORM"}
    return [
        [
            {"method": "CreateTransaction", "params": whole | {"id": payme_id, "account": {"order_id": "balance-1"}}},
            {"method": "CreateTransaction", "params": whole | {"id": payme_id + "b", "account": beside}},
        ],
        [
            {"method": "CancelTransaction", "params": {"id": payme_id, "reason": value}},
            {"method": "SetFiscalData", "params": about | {"fiscal_data": {"receipt_id": value}}},
            {"method": "SetFiscalData", "params": about | {"fiscal_data": {str(value)[:9000]: 1}}},
        ],
    ]


def click_forms_with(text: str) -> list[dict[str, str]]:
    whole = {
        "click_trans_id": "3650011223",
        "service_id": "54321",
        "merchant_trans_id": "1001",
        "merchant_prepare_id": "1",
        "amount": "500",
        "error": "0",
        "error_note": "Ok",
        "sign_time": "2026-11-22 10:15:30",
        "click_paydoc_id": "2900011223",
    }
    forms = [{**whole, "action": action, name: text} for action in "01" for name in (*whole, "action", "more")]
    return [{**form, "sign_string": click_sign(form)} for form in forms]


def orders_with(value: Any) -> list[Any]:
    orders: list[Any] = [value, *({**ORDER, name: value} for name in ORDER)]
    orders += [{**ORDER, "items": [{**ORDER["items"][0], name: value}]} for name in ORDER["items"][0]]
    orders += [{**ORDER, "shipping": {**ORDER["shipping"], name: value}} for name in ORDER["shipping"]]
    orders += [{**ORDER, "metadata": {"a": value}}, {**ORDER, "kind": "accumulative", "max_amount": value}]
    return orders


def complaints(attack: Attack, requests: list[Request], verdict: answer_checks.AnswerCheck) -> list[str]:
    return attack.run(attack.check_answers(requests, verdict))


@pytest.mark.parametrize("escape", [True, False], ids=["escaped", "as it is"])
def test_every_value_in_every_field_of_paymes(attack: Attack, escape: bool):
    for value in VALUES:
        bodies = [json.dumps(call, ensure_ascii=escape) for call in payme_calls_with(value)]
        requests = [Request(PAYME, body.encode("utf-8", "surrogatepass"), headers=(PAYME_KNOWN,)) for body in bodies]
        assert complaints(attack, requests, answer_checks.of_payme) == []


def test_every_value_that_a_payment_would_keep(attack: Attack):
    for number, value in enumerate(VALUES):
        for calls in stored_calls_with(value, f"{number:022x}", attack.world):
            requests = [Request(PAYME, json.dumps(call).encode(), headers=(PAYME_KNOWN,)) for call in calls]
            assert complaints(attack, requests, answer_checks.of_payme) == []
    everything = {"method": "GetStatement", "params": {"from": attack.world.now, "to": attack.world.now}}
    request = Request(PAYME, json.dumps(everything).encode(), headers=(PAYME_KNOWN,))
    assert complaints(attack, [request], answer_checks.of_payme) == []


def test_every_text_in_every_field_of_clicks(attack: Attack):
    for text in [*TEXTS, *map(str, INTEGERS)]:
        bodies = [urlencode(form, errors="surrogatepass").encode() for form in click_forms_with(text)]
        assert complaints(attack, [Request(CLICK, body) for body in bodies], answer_checks.of_click) == []


def test_every_value_in_every_field_of_an_order(attack: Attack):
    for value in VALUES:
        bodies = [json.dumps(order).encode() for order in orders_with(value)]
        requests = [Request(ORDERS, body, headers=(SHOP_KNOWN,)) for body in bodies]
        assert complaints(attack, requests, answer_checks.of_api) == []


def test_the_gateway_is_unharmed(attack: Attack):
    attack.assert_unharmed()
