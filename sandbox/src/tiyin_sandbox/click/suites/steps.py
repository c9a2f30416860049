"""Writes Click's strict checks, and steps with the fields that differ: `prepare()`, `complete(-4)`."""

from collections.abc import Mapping
from typing import Any, Final

from tiyin_sandbox.engine.checks import AnyStep, Check, Codes, Step
from tiyin_sandbox.engine.expectations import Matcher

SUCCESS: Final = 0
WRONG_KEY: Final = {"key": "wrong"}
OTHER_PAYMENT: Final[dict[str, Any]] = {"click_trans_id": "$trans2", "click_paydoc_id": "$paydoc2"}


def strict_check(group: str, number: str, ru: str, uz: str, en: str, *steps: AnyStep, **more: Any) -> Check:
    """Write a check that neither of Click's own tools has."""
    return Check(f"click.{number}", ru, uz, en, group, steps, strict=True, **more)


def prepare(
    error: Codes = SUCCESS,
    /,
    *,
    result: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    keep: str = "$prepare",
    label: str | None = None,
    **fields: Any,
) -> Step:
    """error: what must be answered. keep: the placeholder of the prepare id of an answer 0.

    A field that is None is left out.
    """
    kept = {keep: "merchant_prepare_id"} if _succeeds(error) else {}
    return _step("Prepare", error, result, options, kept, label, fields)


def complete(
    error: Codes = SUCCESS,
    /,
    *,
    result: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    label: str | None = None,
    **fields: Any,
) -> Step:
    """A negative `error` among the fields: Click says that it could not take the money."""
    return _step("Complete", error, result, options, {}, label, fields)


def either(*codes: int) -> frozenset[int]:
    return frozenset(codes)


def _step(
    call: str,
    error: Codes,
    result: Mapping[str, Any] | None,
    options: Mapping[str, Any] | None,
    keep: Mapping[str, str],
    label: str | None,
    fields: Mapping[str, Any],
) -> Step:
    succeeds = _succeeds(error)
    refusals = None if error == SUCCESS else error - {SUCCESS} if isinstance(error, frozenset) else error
    expected = (result or {}) if succeeds else None
    return Step(call, fields, result=expected, error=refusals, options=options or {}, keep=keep, label=label)


def _succeeds(error: Codes) -> bool:
    return SUCCESS in error if isinstance(error, frozenset) else error == SUCCESS


def _is_id(got: Any) -> bool:
    return type(got) is int and 0 < got < 2**31


ID: Final = Matcher("a whole number above 0 and below 2^31", lambda got, placeholders: _is_id(got))
NEW_ID: Final = Matcher(
    "another number than the first attempt's",
    lambda got, placeholders: got not in (None, "") and got != placeholders["$prepare"],
)

TWO_ATTEMPTS: Final = (prepare(), prepare(keep="$prepare2", **OTHER_PAYMENT))
"""Of two payments, for one order: the newer attempt has taken the older one's place."""

NEWER: Final[dict[str, Any]] = {"merchant_prepare_id": "$prepare2", **OTHER_PAYMENT}
"""The fields of the newer attempt's Complete."""
