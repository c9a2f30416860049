"""Calls at the merchant API: good ones spoilt in every way, and what never was one."""

import json
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.faults.hostile import values
from tests.faults.hostile.http_client import Request
from tests.faults.hostile.malformed import MALFORMED
from tests.faults.hostile.world import ORDERS, SHOP_KNOWN, World

ITEM: Final = {
    "title": "Toy",
    "price": 2500_00,
    "count": 2,
    "code": "06109001001000000",
    "package_code": "1415510",
    "vat_percent": 12,
    "discount": 0,
    "units": None,
}
ORDER: Final[dict[str, Any]] = {
    "account": "1001",
    "kind": "one_time",
    "amount": 5000_00,
    "description": "Toy box, May",
    "expires_at": "2199-01-01T00:00:00Z",
    "items": [ITEM],
    "shipping": {"title": "Post", "price": 0},
    "metadata": {"a": "b", "n": 1.5},
}
BALANCE: Final[dict[str, Any]] = {"account": "b", "kind": "accumulative", "min_amount": 1, "max_amount": 500_00}

WITHOUT_CREDENTIALS: Final = (
    (),
    (("Authorization", "Bearer x"),),
    (("Authorization", "Bearer"),),
    (("Authorization", "Bearer " + SHOP_KNOWN[1]),),
    (("Authorization", "Bearer \udcff\udcfe"),),
    (("Authorization", "Basic Og=="),),
    (SHOP_KNOWN, SHOP_KNOWN),
)
QUERIES: Final = ("state", "limit", "cursor", "State", "\x00", "state[]", "")


def api_requests(world: World) -> st.SearchStrategy[Request]:
    @st.composite
    def request(draw: st.DrawFn) -> Request:
        who = (SHOP_KNOWN,) if draw(st.integers(0, 15)) else draw(st.sampled_from(WITHOUT_CREDENTIALS))
        verb, path, body = draw(calls)
        return Request(path, body, verb, who + draw(headers))

    calls = values.mostly(_opens(), _acts(world), _shows(world), _lists())
    # What is expected at a path that isn't there is aiohttp's own affair.
    headers = values.headers.map(lambda some: tuple(each for each in some if each[0] != "Expect"))
    return request()


def _opens() -> st.SearchStrategy[tuple[str, str, bytes]]:
    texts = st.builds(_spoilt, st.sampled_from((ORDER, BALANCE)), st.lists(_spoils(), max_size=2), st.booleans())
    return values.mostly(
        texts,
        values.torn(texts),
        st.builds(lambda text, spoil: spoil(text), texts, st.sampled_from(list(MALFORMED.values()))),
        st.binary(max_size=200),
    ).map(lambda body: ("POST", ORDERS, body))


OrderChange = tuple[str, int, Any]


def _spoils() -> st.SearchStrategy[OrderChange]:
    value = st.one_of(values.anything, values.texts, values.integers)
    return st.one_of(
        st.tuples(st.just("account"), st.just(0), values.texts),
        st.tuples(st.sampled_from(("field", "item", "metadata")), st.integers(0, 99), value),
        st.tuples(st.just("more"), st.just(0), values.names),
        st.tuples(st.just("take"), st.integers(0, 99), st.none()),
    )


def _spoilt(good: dict[str, Any], spoils: list[OrderChange], escape: bool) -> bytes:
    order = json.loads(json.dumps(good))
    for where, which, value in spoils:
        name = sorted(good)[which % len(good)]
        match where:
            case "account":
                order["account"] = value
            case "item" if isinstance(order.get("items"), list):
                item = order["items"][0]
                item[sorted(ITEM)[which % len(ITEM)]] = value
            case "metadata":
                order["metadata"] = {value if isinstance(value, str) else "a": value}
            case "more":
                order[value] = 1
            case "take":
                order.pop(name, None)
            case _:
                order[name] = value
    return json.dumps(order, ensure_ascii=escape).encode("utf-8", "surrogatepass")


def _segments(world: World) -> st.SearchStrategy[str]:
    return values.mostly(
        st.sampled_from(world.accounts),
        values.texts.map(lambda text: quote(text[:120], safe="", errors="surrogatepass")),
        st.sampled_from(("..", ".", "%2E%2E", "%2f", "%", "%zz", "%FF", "%C0%80", "%ED%A0%80", "1001;a=b", "a" * 500)),
    )


def _acts(world: World) -> st.SearchStrategy[tuple[str, str, bytes]]:
    bodies = st.one_of(
        st.just(b""), st.just(b"{}"), values.anything.map(lambda it: json.dumps(it).encode()), st.binary()
    )
    verbs = st.sampled_from(("POST",) * 12 + ("GET", "PUT", "DELETE", "PROPFIND"))
    paths = st.builds(
        lambda segment, act: f"{ORDERS}/{segment}/{act}",
        _segments(world),
        st.sampled_from(("cancel", "deliver", "cancel", "deliver", "x")),
    )
    return st.tuples(verbs, paths, bodies)


def _shows(world: World) -> st.SearchStrategy[tuple[str, str, bytes]]:
    return st.tuples(
        st.sampled_from(("GET", "GET", "HEAD", "OPTIONS", "PATCH")),
        _segments(world).map(f"{ORDERS}/{{}}".format),
        st.just(b""),
    )


def _lists() -> st.SearchStrategy[tuple[str, str, bytes]]:
    value = st.one_of(
        values.texts,
        values.numerals,
        st.sampled_from(("paid", "awaiting", "MTIz", "LTEuMQ", "OTk5OTk5OTk5OTk5OTk5LjE")),
    )
    query = st.lists(st.tuples(st.sampled_from(QUERIES), value), max_size=3)

    def path(pairs: list[tuple[str, str]]) -> str:
        return (
            ORDERS
            + "?"
            + "&".join(f"{quote(name)}={quote(text[:120], errors='surrogatepass')}" for name, text in pairs)
        )

    return st.tuples(st.sampled_from(("GET", "GET", "HEAD")), query.map(path), st.just(b""))
