"""Holds an answer of Payme's protocol against what a step expects (Payme, "Response format", "Errors")."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Codes, Step
from tiyin_sandbox.engine.expectations import Said, misses, shown, told
from tiyin_sandbox.engine.results import Fault

ACCOUNT: Final = frozenset(range(-31099, -31049))
"""Faults of the order, not of the transaction: localised, with the account's field in `data`."""

UNIDENTIFIED: Final = frozenset({-32504, -32700, -32600, -32300})
"""Errors that may come before the id was read. Nobody is known to look at the id of such an answer."""

LANGUAGES: Final = ("ru", "uz", "en")


def judge(step: Step, answer: Answer, said: Said) -> Fault | None:
    rules: tuple[Callable[[Step, Answer, Said], Fault | None], ...] = (
        _reached,
        _is_json,
        _envelope,
        _code,
        _words,
        _whole,
    )
    if step.how.get("verb") == "HEAD":
        rules = (_reached,)  # there is nothing to be read
    return next((fault for rule in rules if (fault := rule(step, answer, said))), None)


def _reached(step: Step, answer: Answer, said: Said) -> Fault | None:
    if answer.trouble is not None:
        return Fault("unreachable", f"no answer: {answer.trouble}")
    status = answer.status or 0
    if 300 <= status < 400:
        where = answer.headers.get("Location", "")
        return Fault("redirect", f"the HTTP status must be 200, not {status} (a redirect to {where})")
    if status != 200:
        return Fault("http_status", f"the HTTP status must be 200, not {status}")
    return None


def _is_json(step: Step, answer: Answer, said: Said) -> Fault | None:
    if isinstance(answer.body, dict):
        return None
    if answer.text.lstrip().startswith("<"):
        return Fault("html", "the answer must be JSON, not an HTML page")
    return Fault("not_json", "the answer must be one JSON object")


def _envelope(step: Step, answer: Answer, said: Said) -> Fault | None:
    body = answer.body
    result, error = body.get("result"), body.get("error")
    if result is not None and error is not None:
        return Fault("both", "the answer has both a `result` and an `error`")
    if result is None and error is None:
        return Fault("neither", "the answer has neither a `result` nor an `error`")
    if error is not None and answer.code is None:
        return Fault("error_shape", "`error` must be an object with a whole number as its `code`")
    if body.get("id") is None or answer.sent is None or answer.code in UNIDENTIFIED:
        return None  # let pass here; `whole` asks for it
    if shown(body["id"]) != shown(answer.sent):
        return Fault("id", f"the `id` must be the request's {shown(answer.sent)}, not {shown(body['id'])}")
    return None


def _code(step: Step, answer: Answer, said: Said) -> Fault | None:
    codes = _codes(step, said)
    if answer.code is None:
        return None if step.result is not None else Fault("accepted", f"{_refusal(codes)} is expected, not a result")
    if not codes:
        return Fault("refused", f"a result is expected, not the error {answer.code}")
    if answer.code not in codes:
        return Fault("wrong_code", f"{_refusal(codes)} is expected, not {answer.code}")
    if answer.code in ACCOUNT:
        return _account_error(answer.body["error"], said)
    return None


def _account_error(error: Mapping[str, Any], said: Said) -> Fault | None:
    if not _is_localised(error):
        return Fault("message", "`message` must be an object with texts for ru, uz and en: it is shown to the payer")
    if error.get("data") != said["$field"]:
        expected, got = shown(said["$field"]), shown(error.get("data"))
        return Fault("data", f"`data` must be the name of the account's field, {expected}, not {got}")
    return None


def _is_localised(error: Mapping[str, Any]) -> bool:
    message = error.get("message")
    return isinstance(message, dict) and all(isinstance(message.get(name), str) and message[name] for name in LANGUAGES)


def _words(step: Step, answer: Answer, said: Said) -> Fault | None:
    if answer.code is not None:
        return _error_words(step, answer, said)
    missed = misses(step.result or {}, answer.body["result"], said)
    return Fault("words", missed) if missed else None


def _error_words(step: Step, answer: Answer, said: Said) -> Fault | None:
    """`data` of the step's `how`: what the error's own must be. `hides`: what may not be found in the answer."""
    data = step.how.get("data")
    if data is not None and answer.body["error"].get("data") != data:
        return Fault("data", f"`data` must be {shown(data)}, not {shown(answer.body['error'].get('data'))}")
    secret = str(said.get(step.how.get("hides", ""), ""))
    if secret and secret in str(answer.body["error"]):
        return Fault("leak", f"the error gives away {secret}")
    return None


def _whole(step: Step, answer: Answer, said: Said) -> Fault | None:
    if not step.how.get("whole"):
        return None
    body, content_type = answer.body, answer.headers.get("Content-Type", "")
    if "id" not in body or shown(body["id"]) != shown(answer.sent):
        return Fault("id", f"the `id` must be the request's, {shown(answer.sent)}, not {shown(body.get('id'))}")
    if "result" in body and "error" in body:
        return Fault("both", "the answer must have either `result` or `error`, not both names")
    if "json" not in content_type.lower():
        return Fault("content_type", f"the Content-Type must be JSON's, not {shown(content_type)}")
    return None


def _codes(step: Step, said: Said) -> frozenset[int]:
    codes: Codes | None = said[step.error] if isinstance(step.error, str) else step.error
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


def expected_words(step: Step, said: Said) -> str:
    """For people: `result {"state": 1, …}`, `error -31001`."""
    parts = []
    if step.result is not None:
        parts.append("result " + told(step.result, said) if step.result else "a result")
    if codes := _codes(step, said):
        field = f', data "{said["$field"]}"' if codes <= ACCOUNT else ""
        parts.append(_refusal(codes).removeprefix("the ") + field)
    return " or ".join(parts)
