"""Which answers pass by the rule of Click's test program, and what is said of those that don't (Click, "Testing")."""

import json
from dataclasses import replace

import pytest
from tiyin_sandbox.click.causes import CLICK_CAUSES as CAUSES
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.click.suites.steps import complete, prepare
from tiyin_sandbox.click.verification import code_of, expected_text, verify
from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.causes import cause_of
from tiyin_sandbox.engine.checks import Step

SENT = {"click_trans_id": "3650011223", "merchant_trans_id": "1001", "amount": "500", "error": "0"}
GOOD = {
    "click_trans_id": 3650011223,
    "merchant_trans_id": "1001",
    "merchant_prepare_id": 7,
    "merchant_confirm_id": 7,
    "error": 0,
    "error_note": "Success",
}
ANSWER = Answer("POST …", 200, "", 1.0, headers={"Content-Type": "application/json"}, sent=SENT)
WHOLE, DESKTOP = {"whole": True}, {"tool": "desktop"}


def answered(change, **more):
    body = change if isinstance(change, str | list) else {k: v for k, v in (GOOD | change).items() if v != "left out"}
    code = code_of(body)
    fields = {"body": body, "text": json.dumps(body), "code": code, "result": body if code == 0 else None}
    return replace(ANSWER, **(fields | more))


RULE = [
    pytest.param(prepare(), {}, None, id="success"),
    pytest.param(prepare(), {"error": "0"}, None, id="numbers may be texts"),
    pytest.param(prepare(), {"error": 0.0, "click_trans_id": 3650011223.0}, None, id="numbers may be doubles"),
    pytest.param(prepare(), {"click_trans_id": "3650011223"}, None, id="echoed as text"),
    pytest.param(prepare(), {"merchant_confirm_id": "left out"}, None, id="keys may be missing"),
    pytest.param(prepare(), {"error_note": 5}, None, id="the note counts for nothing"),
    pytest.param(prepare(-5), {"error": -5, "click_trans_id": "left out"}, None, id="an error needs no echo"),
    pytest.param(prepare(), {"error": -5}, "refused", id="refused"),
    pytest.param(prepare(-5), {}, "accepted", id="accepted"),
    pytest.param(prepare(-5), {"error": -2}, "wrong_code", id="another code"),
    pytest.param(prepare(), {"error": "left out"}, "no_code", id="no code"),
    pytest.param(prepare(), {"error": True}, "no_code", id="true is no code"),
    pytest.param(prepare(), {"error": 0.5}, "no_code", id="a fraction is no code"),
    pytest.param(prepare(), {"click_trans_id": 1}, "echo", id="another click_trans_id"),
    pytest.param(prepare(), {"merchant_trans_id": "left out"}, "echo", id="no merchant_trans_id"),
    pytest.param(prepare(), {"merchant_prepare_id": ""}, "no_id", id="no prepare id"),
    pytest.param(complete(), {"merchant_confirm_id": None}, "no_id", id="no confirm id"),
    pytest.param(prepare(-5, options=DESKTOP), {"error": -5, "merchant_confirm_id": None}, "null", id="null"),
    pytest.param(prepare(result={"merchant_prepare_id": 8}), {}, "result", id="another prepare id"),
    pytest.param(prepare(options=WHOLE), {"error_note": "left out"}, "fields", id="five fields"),
    pytest.param(prepare(options=WHOLE), {"merchant_prepare_id": 7.0}, "fields", id="a fraction"),
    pytest.param(prepare(), "hello", "not_json", id="a text"),
    pytest.param(prepare(), [GOOD], "not_json", id="a list"),
    pytest.param(prepare(-5, options={"before": True}), {}, None, id="whatever comes before"),
]


@pytest.mark.parametrize(("step", "change", "symptom"), RULE)
def test_an_answer_passes_or_not(step, change, symptom):
    failure = verify(step, answered(change), {"$order": "1001"})
    assert (failure and failure.symptom) == symptom


@pytest.mark.parametrize(
    ("more", "symptom"),
    [
        pytest.param({"status": 301}, "redirect", id="redirect"),
        pytest.param({"status": 500}, "http_status", id="crash"),
        pytest.param({"status": None, "connection_error": "refused"}, "unreachable", id="nothing"),
        pytest.param({"body": None, "text": "<html>"}, "html", id="page"),
    ],
)
def test_an_answer_must_arrive(more, symptom):
    failure = verify(prepare(), answered({}, **more), {})
    assert failure
    assert failure.symptom == symptom


def test_what_is_expected_is_described():
    fields = {"$prepare": 7}
    assert expected_text(complete(-4), fields) == "error -4 (already paid)"
    expected = 'error 0 (success), {"merchant_prepare_id": 7}'
    assert expected_text(prepare(result={"merchant_prepare_id": "$prepare"}), fields) == expected


LIKELY = [
    pytest.param("desktop.1", -7, "code of something else", id="paytechuz' -7"),
    pytest.param("desktop.6", 0, "as Payme's repeats are", id="a repeat is 0"),
    pytest.param("desktop.7", -9, "Click's tools want two", id="desktop wants -4"),
    pytest.param("postman.8", -4, "Click's tools want two", id="postman wants -9"),
    pytest.param("desktop.4", 0, "compared as a float", id="any amount"),
    pytest.param("desktop.8", -2, "the amount is looked at first", id="amount first"),
    pytest.param("desktop.10", 0, "The prepare id is not looked up", id="any prepare id"),
    pytest.param("desktop.15", 0, "was not written down", id="cancelled and paid"),
    pytest.param("desktop.2", -1, "The secret or the service id", id="another secret"),
    pytest.param("desktop.2", -2, "does not cost", id="another price"),
    pytest.param("desktop.2", -5, "order is not there", id="an order used up"),
    pytest.param("O7d", -4, "paid twice", id="-4 to another payment"),
    pytest.param("G2", -1, "compared as they stand", id="upper case"),
    pytest.param("S5", -9, "closed the order for good", id="dead order"),
    pytest.param("O5c2", -9, "The prepare id alone decides", id="another's failure"),
    pytest.param("O8a2", -6, "Click's own ids at once", id="another's debit"),
    pytest.param("O8a-own", -6, "Only the prepare id is looked up", id="no prepare id"),
    pytest.param("O8b", -9, "takes back what is paid", id="-9 to the payment that has paid"),
    pytest.param("O7l", 0, "two payments have paid one order", id="paid twice"),
    pytest.param("O3", -8, "action is not looked at", id="unknown action"),
]


@pytest.mark.parametrize(("check", "code", "sentence"), LIKELY)
def test_a_wrong_answer_has_a_likely_cause(check, code, sentence):
    check = next(known for known in CLICK.checks if known.id == f"click.{check}")
    answer, cause = answered({"error": code}), None
    for step in (step for step in check.steps if isinstance(step, Step)):
        sent = SENT | {name: str(value) for name, value in step.params.items() if not str(value).startswith("$")}
        failure = verify(step, replace(answer, sent=sent), {"$prepare": 1})
        if failure:
            cause = cause_of(CAUSES, check, step, replace(answer, sent=sent), failure)
    assert cause
    assert sentence in cause.text
