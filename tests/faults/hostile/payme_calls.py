"""Calls for Payme's interface: good ones spoilt in every way, and what never was one."""

import json
from typing import Any, Final

from hypothesis import strategies as st

from tests.faults.hostile import values
from tests.faults.hostile.http_client import Request
from tests.faults.hostile.malformed import MALFORMED
from tests.faults.hostile.world import PAYME, PAYME_KNOWN, World
from tests.payme_rpc.calls import FISCAL_DATA

LEFT_OUT: Final = object()

PATHS: Final = (
    *(PAYME + rest for rest in ("", "/", "/main", "/main/", "?a=") * 6),
    *(PAYME + rest for rest in ("/nobody", "/%00%FF")),
)
WITHOUT_CREDENTIALS: Final = (
    (),
    (("Authorization", "Bearer x"),),
    (("Authorization", "Basic"),),
    (("Authorization", "Basic ===="),),
    (("Authorization", "Basic \udcff\udcfe"),),
    (("Authorization", "Basic " + "QQ" * 300),),
    (("Authorization", PAYME_KNOWN[1][:-4]),),
    (PAYME_KNOWN, PAYME_KNOWN),
)


def payme_requests(world: World) -> st.SearchStrategy[Request]:
    """Most have the key: a call without credentials is hardly looked at."""

    @st.composite
    def request(draw: st.DrawFn) -> Request:
        who = (PAYME_KNOWN,) if draw(st.integers(0, 15)) else draw(st.sampled_from(WITHOUT_CREDENTIALS))
        body = draw(bodies)
        return Request(draw(paths), body, draw(verbs), who + draw(values.headers))

    bodies = _bodies(_calls(world))
    paths, verbs = st.sampled_from(PATHS), values.verbs
    return request()


def _bodies(calls: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    texts = st.builds(_written, calls, st.booleans())
    return values.mostly(
        texts,
        values.torn(texts),
        st.builds(lambda text, spoil: spoil(text), texts, st.sampled_from(list(MALFORMED.values()))),
        values.anything.map(lambda value: _written(value, escape=True)),
        st.binary(max_size=200),
    )


def _calls(world: World) -> st.SearchStrategy[dict[str, Any]]:
    good = st.sampled_from(_good_calls(world))
    spoil = st.tuples(
        st.sampled_from(("field", "amount", "account", "envelope", "more")), st.integers(0, 9), spoilt_values
    )

    def spoilt(call: dict[str, Any], spoils: list[tuple[str, int, Any]]) -> dict[str, Any]:
        call = {**call, "params": dict(call["params"])}
        for where, which, value in spoils:
            _spoil(call, where, which, value)
        return call

    return st.builds(spoilt, good, st.lists(spoil, max_size=2))


spoilt_values: Final = st.one_of(values.anything, st.just(LEFT_OUT), values.texts, values.integers, values.integers)


def _good_calls(world: World) -> list[dict[str, Any]]:
    calls: list[tuple[str, dict[str, Any]]] = []
    for number, (account, price) in enumerate(world.prices.items()):
        payme_id, order = world.payme_ids[number % len(world.payme_ids)], {"order_id": account}
        amount = price or 500_00
        calls += [
            ("CheckPerformTransaction", {"amount": amount, "account": order}),
            ("CreateTransaction", {"id": payme_id, "time": world.now + number, "amount": amount, "account": order}),
            ("CreateTransaction", {"id": payme_id, "time": world.now, "amount": amount, "account": order}),
            ("PerformTransaction", {"id": payme_id}),
            ("CancelTransaction", {"id": payme_id, "reason": number % 11}),
            ("CheckTransaction", {"id": payme_id}),
            ("GetStatement", {"from": world.now - 1000, "to": world.now + number}),
            ("SetFiscalData", {"id": payme_id, "type": "PERFORM", "fiscal_data": FISCAL_DATA}),
        ]
    return [{"method": method, "params": params, "id": number} for number, (method, params) in enumerate(calls)]


def _spoil(call: dict[str, Any], where: str, which: int, value: Any) -> None:
    params = call.get("params")
    fields = params if isinstance(params, dict) else {}
    match where:
        case "field" if fields:
            _put(fields, sorted(fields)[which % len(fields)], value)
        case "amount" if isinstance(fields.get("amount"), int):
            fields["amount"] = (0, 1, -1, 5_000_000, 2**53, 10**30, 50_001, 500, fields["amount"] * 100, None)[which]
        case "account" if isinstance(fields.get("account"), dict):
            fields["account"] = dict(fields["account"])
            _put(fields["account"], "order_id" if which < 7 else "phone", value)
        case "envelope":
            _put(call, ("id", "id", "id", "method", "method", "params", "jsonrpc")[which % 7], value)
        case _:
            name = value if isinstance(value, str) else "more"
            _put(fields if which % 2 else call, name[:5000], which)


def _put(place: dict[str, Any], name: str, value: Any) -> None:
    if value is LEFT_OUT:
        place.pop(name, None)
    else:
        place[name] = value


def _written(value: Any, escape: bool) -> bytes:
    """Lone surrogates go out as escapes, or as bytes that are no UTF-8."""
    return json.dumps(value, ensure_ascii=escape).encode("utf-8", "surrogatepass")
