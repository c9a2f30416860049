"""How the rows of Click's suites are written: `prepare()`, `complete(-4)`, and what is said otherwise than usual."""

from collections.abc import Mapping
from typing import Any, Final

from tiyin_sandbox.engine.checks import Codes, Step
from tiyin_sandbox.engine.expectations import Word

SUCCESS: Final = 0
WRONG_KEY: Final = {"key": "wrong"}


def prepare(
    error: Codes = SUCCESS,
    /,
    *,
    result: Mapping[str, Any] | None = None,
    how: Mapping[str, Any] | None = None,
    keep: str = "$prepare",
    say: str | None = None,
    **fields: Any,
) -> Step:
    """error: what must be answered. keep: what the prepare id of an answer 0 is called from then on.

    A field that is None is left out.
    """
    kept = {keep: "merchant_prepare_id"} if _succeeds(error) else {}
    return _step("Prepare", error, result, how, kept, say, fields)


def complete(
    error: Codes = SUCCESS,
    /,
    *,
    result: Mapping[str, Any] | None = None,
    how: Mapping[str, Any] | None = None,
    say: str | None = None,
    **fields: Any,
) -> Step:
    """A negative `error` among the fields: Click says that it could not take the money."""
    return _step("Complete", error, result, how, {}, say, fields)


def either(*codes: int) -> frozenset[int]:
    return frozenset(codes)


def _step(
    call: str,
    error: Codes,
    result: Mapping[str, Any] | None,
    how: Mapping[str, Any] | None,
    keep: Mapping[str, str],
    say: str | None,
    fields: Mapping[str, Any],
) -> Step:
    succeeds = _succeeds(error)
    refusals = None if error == SUCCESS else error - {SUCCESS} if isinstance(error, frozenset) else error
    words = (result or {}) if succeeds else None
    return Step(call, fields, result=words, error=refusals, how=how or {}, keep=keep, say=say)


def _succeeds(error: Codes) -> bool:
    return SUCCESS in error if isinstance(error, frozenset) else error == SUCCESS


def _is_id(got: Any) -> bool:
    return type(got) is int and 0 < got < 2**31


ID: Final = Word("a whole number above 0 and below 2^31", lambda got, said: _is_id(got))
NEW_ID: Final = Word(
    "another number than the first attempt's", lambda got, said: got not in (None, "") and got != said["$prepare"]
)
