"""Verifies an answer of Payme's protocol by what a step expects (Payme, "Response format", "Errors").

A step's `options`: `whole` (id, one of `result` and `error`, Content-Type), `data` (what the error's own must be),
`hides` (a placeholder whose value may not be found in the error).
"""

from collections.abc import Mapping
from typing import Any, Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Codes, Step
from tiyin_sandbox.engine.expectations import Placeholders, describe, first_mismatch, short_json
from tiyin_sandbox.engine.results import CheckFailure
from tiyin_sandbox.engine.verification import Rule, first_failure, is_json, reached

ACCOUNT: Final = frozenset(range(-31099, -31049))
"""Faults of the order, not of the transaction: localised, with the account's field in `data`."""

UNIDENTIFIED: Final = frozenset({-32504, -32700, -32600, -32300})
"""Errors that may come before the id was read. Nobody is known to look at the id of such an answer."""

LANGUAGES: Final = ("ru", "uz", "en")


def verify(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    rules: tuple[Rule, ...] = (reached, is_json, _envelope, _code, _result_fields, _whole)
    if step.options.get("verb") == "HEAD":
        rules = (reached,)  # there is nothing to be read
    return first_failure(rules, step, answer, placeholders)


def _envelope(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    body = answer.body
    result, error = body.get("result"), body.get("error")
    if result is not None and error is not None:
        return CheckFailure("both", "the answer has both a `result` and an `error`")
    if result is None and error is None:
        return CheckFailure("neither", "the answer has neither a `result` nor an `error`")
    if error is not None and answer.code is None:
        return CheckFailure("error_shape", "`error` must be an object with a whole number as its `code`")
    if body.get("id") is None or answer.sent is None or answer.code in UNIDENTIFIED:
        return None  # let pass here; `whole` asks for it
    if short_json(body["id"]) != short_json(answer.sent):
        return CheckFailure(
            "id", f"the `id` must be the request's {short_json(answer.sent)}, not {short_json(body['id'])}"
        )
    return None


def _code(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    codes = _codes(step, placeholders)
    if answer.code is None:
        return (
            None
            if step.result is not None
            else CheckFailure("accepted", f"{_refusal(codes)} is expected, not a result")
        )
    if not codes:
        return CheckFailure("refused", f"a result is expected, not the error {answer.code}")
    if answer.code not in codes:
        return CheckFailure("wrong_code", f"{_refusal(codes)} is expected, not {answer.code}")
    if answer.code in ACCOUNT:
        return _account_error(answer.body["error"], placeholders)
    return None


def _account_error(error: Mapping[str, Any], placeholders: Placeholders) -> CheckFailure | None:
    if not _is_localised(error):
        return CheckFailure(
            "message", "`message` must be an object with texts for ru, uz and en: it is shown to the payer"
        )
    if error.get("data") != placeholders["$field"]:
        expected, got = short_json(placeholders["$field"]), short_json(error.get("data"))
        return CheckFailure("data", f"`data` must be the name of the account's field, {expected}, not {got}")
    return None


def _is_localised(error: Mapping[str, Any]) -> bool:
    message = error.get("message")
    return isinstance(message, dict) and all(isinstance(message.get(name), str) and message[name] for name in LANGUAGES)


def _result_fields(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if answer.code is not None:
        return _error_fields(step, answer, placeholders)
    missed = first_mismatch(step.result or {}, answer.body["result"], placeholders)
    return CheckFailure("result", missed) if missed else None


def _error_fields(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    data = step.options.get("data")
    if data is not None and answer.body["error"].get("data") != data:
        return CheckFailure(
            "data", f"`data` must be {short_json(data)}, not {short_json(answer.body['error'].get('data'))}"
        )
    secret = str(placeholders.get(step.options.get("hides", ""), ""))
    if secret and secret in str(answer.body["error"]):
        return CheckFailure("leak", f"the error gives away {secret}")
    return None


def _whole(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if not step.options.get("whole"):
        return None
    body, content_type = answer.body, answer.headers.get("Content-Type", "")
    if "id" not in body or short_json(body["id"]) != short_json(answer.sent):
        return CheckFailure(
            "id", f"the `id` must be the request's, {short_json(answer.sent)}, not {short_json(body.get('id'))}"
        )
    if "result" in body and "error" in body:
        return CheckFailure("both", "the answer must have either `result` or `error`, not both names")
    if "json" not in content_type.lower():
        return CheckFailure("content_type", f"the Content-Type must be JSON's, not {short_json(content_type)}")
    return None


def _codes(step: Step, placeholders: Placeholders) -> frozenset[int]:
    codes: Codes | None = placeholders[step.error] if isinstance(step.error, str) else step.error
    if codes is None:
        return frozenset()
    return (
        frozenset({codes})
        if isinstance(codes, int)
        else frozenset(codes)
        if not isinstance(codes, str)
        else frozenset()
    )


def _refusal(codes: frozenset[int]) -> str:
    named = [str(code) for code in sorted(codes, reverse=True)]
    if codes >= ACCOUNT:
        named = ["-31050…-31099", *[str(code) for code in sorted(codes - ACCOUNT, reverse=True)]]
    return "the error " + " or ".join(named)


def expected_text(step: Step, placeholders: Placeholders) -> str:
    """Describe for people: `result {"state": 1, …}`, `error -31001`."""
    parts = []
    if step.result is not None:
        parts.append("result " + describe(step.result, placeholders) if step.result else "a result")
    if codes := _codes(step, placeholders):
        field = f', data "{placeholders["$field"]}"' if codes <= ACCOUNT else ""
        parts.append(_refusal(codes).removeprefix("the ") + field)
    return " or ".join(parts)
