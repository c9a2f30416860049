"""Forms for Click's interface: good ones spoilt in every way, signed before or after, and what never was a form."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.conftest import SETTINGS
from tests.faults.hostile import values
from tests.faults.hostile.http_client import Request
from tests.faults.hostile.malformed import MALFORMED
from tests.faults.hostile.world import CLICK, World, click_sign

Pairs = list[tuple[str, str]]

PATHS: Final = (
    *(CLICK + rest for rest in ("", "/", "/prepare", "/complete/", "/main", "/main/complete") * 6),
    *(CLICK + rest for rest in ("/nobody", "/%00", "/%F0%9F", "?action=1")),
)
FORM: Final = (("Content-Type", "application/x-www-form-urlencoded"),)
TELLING: Final = ("merchant_trans_id", "merchant_prepare_id", "amount", "action", "error")
"""What a form says beyond the numbers that are Click's own."""
FIELDS: Final = (
    *("click_trans_id", "service_id", "click_paydoc_id", "merchant_trans_id", "merchant_prepare_id", "amount"),
    *("action", "error", "error_note", "sign_time", "sign_string"),
)


def click_requests(world: World) -> st.SearchStrategy[Request]:
    @st.composite
    def request(draw: st.DrawFn) -> Request:
        headers = draw(values.headers)
        named = any(name == "Content-Type" for name, _ in headers)
        return Request(draw(paths), draw(bodies), draw(verbs), headers if named else FORM + headers)

    paths, verbs, bodies = st.sampled_from(PATHS), values.verbs, _bodies(world)
    return request()


def _bodies(world: World) -> st.SearchStrategy[bytes]:
    good = st.sampled_from(_good_forms(world))
    pairs = st.builds(_spoilt, good, st.lists(_spoils(), max_size=2), st.integers(0, 7))
    texts = pairs.map(_written)
    return values.mostly(
        texts,
        pairs.map(_raw),
        pairs.map(_multipart),
        values.torn(texts),
        st.sampled_from([spoil(b'{"action":0}') for spoil in MALFORMED.values()]),
        st.sampled_from(_never_forms()),
        st.binary(max_size=200),
    )


def _good_forms(world: World) -> list[dict[str, str]]:
    forms = []
    for number, (account, price) in enumerate(world.prices.items()):
        amount = f"{price // 100}.{price % 100:02}" if price else "500"
        forms.append(_form(number, merchant_trans_id=account, amount=amount))
    for number, (account, amount, prepare_id) in enumerate(world.prepared):
        whole = {"merchant_trans_id": account, "amount": amount, "merchant_prepare_id": str(prepare_id), "action": "1"}
        forms += [_form(number, **whole), _form(number, **whole, error="-5017"), _form(number, **whole, error="-1")]
    return forms


def _form(number: int, **fields: str) -> dict[str, str]:
    return {
        "click_trans_id": str(3_700_000_000 + number),
        "service_id": SETTINGS["CLICK_SERVICE_ID"],
        "merchant_prepare_id": "",
        "action": "0",
        "error": "0",
        "error_note": "Ok",
        "sign_time": "2026-11-22 10:15:30",
        "click_paydoc_id": str(2_900_000_000 + number),
    } | fields


FormChange = tuple[str, str, str]


def _spoils() -> st.SearchStrategy[FormChange]:
    few = st.sampled_from(("0", "1", "2", "500", "500.00", "1001", "1020", "-1", "-5017", "999999"))
    field = st.sampled_from(FIELDS)
    telling = st.sampled_from(TELLING)
    return values.mostly(
        st.tuples(st.just("put"), telling, st.one_of(values.texts, values.numerals, few)),
        st.tuples(st.just("put"), field, values.texts),
        st.tuples(st.just("put"), field, values.numerals),
        st.tuples(st.just("take"), field, st.just("")),
        st.tuples(st.just("twice"), field, values.texts),
        st.tuples(st.just("more"), values.names, values.texts),
        st.tuples(st.just("many"), field, st.sampled_from(("54", "55", "300", "9000"))),
    )


def _spoilt(good: dict[str, str], spoils: Sequence[FormChange], order: int) -> Pairs:
    """Nearly all are signed as they go out; the others are signed as they were, or not at all."""
    pairs = [("sign_string", click_sign(good)), *good.items()] if order == 0 else list(good.items())
    for kind, name, value in spoils:
        match kind:
            case "put":
                pairs = [(key, value if key == name else text) for key, text in pairs]
            case "take":
                pairs = [(key, text) for key, text in pairs if key != name]
            case "twice" | "more":
                pairs.append((name, value))
            case "many":
                pairs += [(f"{name}{number}", "") for number in range(int(value))]
    if order > 0 and ("take", "sign_string", "") not in spoils:
        pairs.insert(order, ("sign_string", click_sign(dict(pairs))))
    return pairs


def _written(pairs: Pairs) -> bytes:
    return urlencode(pairs, errors="surrogatepass").encode()


def _raw(pairs: Pairs) -> bytes:
    """Escaped only where it must be."""
    body = "&".join(
        f"{name}={quote(text, safe='', errors='surrogatepass') if '&' in text else text}" for name, text in pairs
    )
    return body.encode("utf-8", "surrogatepass")


def _multipart(pairs: Pairs) -> bytes:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in pairs]
    return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")


def _never_forms() -> list[bytes]:
    return [
        b"&" * 60_000,
        b"=" * 60_000,
        b"a=1&" * 16_000,
        b";".join(b"%d=1" % number for number in range(5_000)),
        b"%" * 60_000,
        b"action=0&" + b"x" * 64_000 + b"=1",
        b"action[]=0&action[$ne]=1",
        b"action=%C0%80&error=%ED%A0%80",
        b"\xff" * 1000,
    ]
