"""Faults that only spoil the answer: the method was right, what is told of it is not."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.sandbox.wrong.errors import FIELD
from tests.sandbox.wrong.store import RELEASED, UNKNOWN_REASON, now

Answer = dict[str, Any]
Distortion = Callable[[Answer], Answer]

_ticks = itertools.count(1)
TIMES: Final = ("create_time", "perform_time", "cancel_time")


def _later() -> int:
    """Now, and never the same twice, however fast the calls come."""
    return now() + next(_ticks)


def _times(change: Callable[[int], Any]) -> Distortion:
    return lambda result: result | {name: change(result[name]) for name in TIMES if name in result}


def _with(**values: Callable[[], Any]) -> Distortion:
    return lambda result: result | {name: value() for name, value in values.items() if name in result}


def _lines(change: Distortion) -> Distortion:
    def distort(result: Answer) -> Answer:
        lines = result.get("transactions")
        return result if lines is None else {"transactions": [change(line) for line in lines]}

    return distort


def _only(method_key: str, change: Distortion) -> Distortion:
    """Of the answers that have this key and are no line of a statement or CheckTransaction's, which have them all."""
    return lambda result: change(result) if method_key in result and "reason" not in result else result


def _state(result: Answer) -> Answer:
    return result | ({"state": str(result["state"])} if "state" in result else {})


def _number(result: Answer) -> Answer:
    return result | ({"transaction": int(result["transaction"])} if "transaction" in result else {})


def _without_gaps(result: Answer) -> Answer:
    gaps = {name for name in (*TIMES, "reason") if "reason" in result and not result.get(name)}
    return {name: value for name, value in result.items() if name not in gaps}


def _perform_time_lost(result: Answer) -> Answer:
    return result | ({"perform_time": 0} if result.get("state") == -2 and "perform_time" in result else {})


RESULTS: Final[Mapping[str, Distortion]] = {
    "create_time_now": _only("create_time", _with(create_time=_later)),
    "perform_time_now": _only("perform_time", _with(perform_time=_later)),
    "cancel_time_now": _only("cancel_time", _with(cancel_time=_later)),
    "transaction_is_number": _number,
    "state_is_text": _state,
    "null_times": _times(lambda time: time or None),
    "seconds": _times(lambda time: time // 1000),
    "times_in_32_bits": _times(lambda time: time % 2**31),
    "keys_missing": _without_gaps,
    "own_reasons": lambda result: result | ({"reason": RELEASED} if result.get("reason") == UNKNOWN_REASON else {}),
    "perform_time_lost": _perform_time_lost,
    "statement_som": _lines(lambda line: line | {"amount": line["amount"] / 100}),
    "statement_without_id": _lines(lambda line: {name: value for name, value in line.items() if name != "id"}),
}
"""What becomes of a result."""


def _account_data(change: Callable[[Answer], Answer]) -> Callable[[Answer, Mapping[str, Any]], Answer]:
    return lambda error, _: change(error) if error["code"] in range(-31099, -31049) else error


def _value(error: Answer, params: Mapping[str, Any]) -> Answer:
    account = params.get("account")
    value = account.get(FIELD) if isinstance(account, dict) else None
    return error | ({"data": value} if error.get("data") == FIELD else {})


ERRORS: Final[Mapping[str, Callable[[Answer, Mapping[str, Any]], Answer]]] = {
    "account_value_in_data": _value,
    "account_data_missing": _account_data(lambda error: {name: error[name] for name in ("code", "message")}),
    "message_is_text": lambda error, _: error | {"message": error["message"]["ru"]},
    "method_unnamed": lambda error, _: error | ({"data": None} if error["code"] == -32601 else {}),
}
"""What becomes of an error."""

ENVELOPES: Final[Mapping[str, Distortion]] = {
    "no_id": lambda answer: {name: value for name, value in answer.items() if name != "id"},
    "id_as_text": lambda answer: answer | {"id": str(answer["id"])},
    "result_and_error": lambda answer: {"result": None, "error": None} | answer,
}
"""What becomes of the whole answer."""
