"""Writes Payme's strict checks, and the steps of its suite: calls, results, and the conditions on a statement."""

from collections.abc import Mapping
from typing import Any, Final

from tiyin_sandbox.engine.checks import AnyStep, Check, Codes, Step
from tiyin_sandbox.engine.expectations import ANYTHING, TEXT, TIMESTAMP, Matcher, Placeholders, describe, satisfies
from tiyin_sandbox.payme.verification import ACCOUNT as ACCOUNT

CHECK_PERFORM: Final = "CheckPerformTransaction"
CREATE: Final = "CreateTransaction"
PERFORM: Final = "PerformTransaction"
CANCEL: Final = "CancelTransaction"
CHECK: Final = "CheckTransaction"
STATEMENT: Final = "GetStatement"
FISCAL: Final = "SetFiscalData"

FORBIDDEN: Final = -32504
NOT_POST: Final = -32300
UNREADABLE: Final = -32700
INVALID: Final = -32600
NO_METHOD: Final = -32601
AMOUNT: Final = -31001
NOT_FOUND: Final = -31003
DELIVERED: Final = -31007
CANNOT: Final = -31008

ALLOWED: Final = {"allow": True}
CREATED: Final = {"create_time": TIMESTAMP, "transaction": TEXT, "state": 1}
PERFORMED: Final = {"transaction": TEXT, "perform_time": TIMESTAMP, "state": 2}
CANCELLED: Final = {"transaction": TEXT, "cancel_time": TIMESTAMP, "state": -1}
REVERSED: Final = {**CANCELLED, "state": -2}

PENDING_NOW: Final = {
    "create_time": TIMESTAMP,
    "perform_time": 0,
    "cancel_time": 0,
    "transaction": TEXT,
    "state": 1,
    "reason": None,
}
PERFORMED_NOW: Final = {**PENDING_NOW, "perform_time": TIMESTAMP, "state": 2}
CANCELLED_NOW: Final = {**PENDING_NOW, "cancel_time": TIMESTAMP, "state": -1}
REVERSED_NOW: Final = {**PERFORMED_NOW, "cancel_time": TIMESTAMP, "state": -2}


def strict_check(group: str, number: str, names: tuple[str, str, str], *steps: AnyStep, **more: Any) -> Check:
    """Write a check that Payme's own test cabinet does not have."""
    return Check(f"payme.{number}", *names, group=group, steps=steps, strict=True, **more)


def _expecting(usual: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Put the usual answer in where `given` names none."""
    return given if "result" in given or "error" in given else {**usual, **given}


def check_perform(order: Any = "$order", amount: Any = "$right", **expected: Any) -> Step:
    return Step(CHECK_PERFORM, {"amount": amount, "account": order}, **_expecting({"result": ALLOWED}, expected))


def create(t: str = "$t", order: Any = "$order", amount: Any = "$right", time: Any = "$now", **expected: Any) -> Step:
    params = {"id": t, "time": time, "amount": amount, "account": order}
    return Step(CREATE, params, **_expecting({"result": CREATED}, expected))


def perform(t: str = "$t", **expected: Any) -> Step:
    return Step(PERFORM, {"id": t}, **_expecting({"result": PERFORMED}, expected))


def cancel(t: str = "$t", reason: int = 3, **expected: Any) -> Step:
    return Step(CANCEL, {"id": t, "reason": reason}, **_expecting({"result": CANCELLED}, expected))


def check_transaction(t: str = "$t", **expected: Any) -> Step:
    return Step(CHECK, {"id": t}, **expected)


def statement(since: Any, until: Any, transactions: Any) -> Step:
    return Step(STATEMENT, {"from": since, "to": until}, result={"transactions": transactions})


def fiscal(kind: Any = "PERFORM", data: Any = None, t: str = "$t", **expected: Any) -> Step:
    params = {"id": t, "type": kind, "fiscal_data": RECEIPT if data is None else data}
    return Step(FISCAL, params, **_expecting({"result": {"success": True}}, expected))


def fiscal_without_type(t: str = "$t") -> Step:
    return Step(FISCAL, {"id": t, "fiscal_data": RECEIPT}, result={"success": True})


def raw(label: str, body: bytes, error: Codes) -> Step:
    """Write a step that sends these bytes instead of a call."""
    return Step(CHECK_PERFORM, error=error, options={"raw": body}, label=label)


RECEIPT: Final = {
    "receipt_id": 121,
    "status_code": 0,
    "message": "accepted",
    "terminal_id": "EP000000000025",
    "fiscal_sign": "800031554082",
    "qr_code_url": "https://ofd.soliq.uz/check?t=EP000000000025&r=121&c=20261122101530&s=800031554082",
    "date": "20261122101530",
}


FAILED_REGISTRATION: Final = {"receipt_id": 121, "status_code": -1, "message": "The tax office does not answer"}


def _entries(got: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in got if isinstance(entry, Mapping)] if isinstance(got, list) else []


def containing(*transactions: str) -> Matcher:
    """A statement has these transactions in it, in this order, all sorted by Payme's time."""

    def matches(got: Any, placeholders: Placeholders) -> bool:
        ids = [entry.get("id") for entry in _entries(got)]
        times = [entry.get("time") for entry in _entries(got)]
        wanted = [placeholders[t] for t in transactions]
        return [one for one in ids if one in wanted] == wanted and _ascending(times)

    return Matcher(f"a list, ascending by `time`, with {len(transactions)} transaction(s) of this check in it", matches)


def _ascending(times: list[Any]) -> bool:
    return all(type(time) is int for time in times) and times == sorted(times)


def without(*transactions: str) -> Matcher:
    def matches(got: Any, placeholders: Placeholders) -> bool:
        ids = {entry.get("id") for entry in _entries(got)}
        return isinstance(got, list) and not ids & {placeholders[t] for t in transactions}

    return Matcher("a list without this check's transaction", matches)


def entry(t: str, **fields: Any) -> Matcher:
    """A statement has one entry of this transaction, with these fields."""
    wanted: Mapping[str, Any] = {
        "id": t,
        "time": "$now",
        "amount": "$right",
        "account": "$order",
        "create_time": TIMESTAMP,
        "perform_time": ANYTHING,
        "cancel_time": ANYTHING,
        "transaction": TEXT,
        "state": ANYTHING,
        "reason": ANYTHING,
        **fields,
    }

    def matches(got: Any, placeholders: Placeholders) -> bool:
        mine = [one for one in _entries(got) if one.get("id") == placeholders[t]]
        return len(mine) == 1 and all(
            name in mine[0] and satisfies(expected, mine[0][name], placeholders) for name, expected in wanted.items()
        )

    named = {name: expected for name, expected in wanted.items() if expected is not ANYTHING}
    return Matcher("a list with the entry " + describe(named, {}), matches)
