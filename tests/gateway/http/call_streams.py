"""Call streams are what anybody may write into one connection: usual calls, unusual ones, and what is none."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any, Final
from urllib.parse import urlencode

from hypothesis import strategies as st

from inbound.body import BODY_MAX_BYTES
from tests.actors.click import signature
from tests.actors.payme import OK, basic, creation
from tests.conftest import SETTINGS
from tests.gateway.http.raw_calls import CLICK, PAYME

PIECE_MAX_BYTES: Final = 4096
"""What a connection looks at in one go."""

LAST: Final = b"GET /health/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
"""Whoever still gets its answer was on a connection that was kept open."""

Number = int
"""Of a stream: orders and payments are named after it."""


@dataclass(frozen=True)
class PaymesCall:
    method: str
    params: dict[str, Any]

    def render(self, number: Number) -> bytes:
        call = {"method": self.method, "params": self.params, "id": 7}
        return json.dumps(call).replace("NUMBER", f"{number:08d}").encode()


@dataclass(frozen=True)
class ClicksCall:
    fields: dict[str, str]

    def render(self, number: Number) -> bytes:
        fields = {"click_trans_id": f"{3_650_000_000 + number}", "service_id": SETTINGS["CLICK_SERVICE_ID"]}
        fields |= {"merchant_trans_id": f"click-{number:08d}", "error": "0", "sign_time": "2026-11-22 10:15:30"}
        fields |= {"amount": "50000", "action": "0", "click_paydoc_id": f"{2_900_000_000 + number}"} | self.fields
        return urlencode({"sign_string": signature(fields, SETTINGS["CLICK_SECRET_KEY"])} | fields).encode()


@dataclass(frozen=True)
class Bytes:
    content: bytes = field(repr=False)

    def render(self, _: Number) -> bytes:
        return self.content


Body = PaymesCall | ClicksCall | Bytes


@dataclass(frozen=True)
class StreamedCall:
    verb: str
    target: str
    version: str
    head: tuple[str, ...]
    body: Body
    framing: str

    def render(self, number: Number) -> bytes:
        framed_by, body = FRAMINGS[self.framing](self.body.render(number))
        lines = [f"{self.verb} {self.target} HTTP/{self.version}", *self.head, *framed_by, "", ""]
        return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class CallStream:
    calls: tuple[StreamedCall, ...]
    cuts: tuple[float, ...]
    """Where it is cut in pieces."""
    apart: bool
    """Whether it is also cut behind each call."""
    draining: bool
    """Whether the gateway is about to stop."""

    def pieces(self, number: Number) -> list[bytes]:
        calls = [call.render(number) for call in self.calls]
        whole = b"".join(calls) + LAST
        ends = {*(int(cut * len(whole)) for cut in self.cuts), *range(0, len(whole), PIECE_MAX_BYTES), len(whole)}
        ends.update(accumulate(map(len, calls)) if self.apart else ())
        return [whole[start:end] for start, end in pairwise(sorted(ends))]


def _chunked(body: bytes, size: int) -> bytes:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


CHUNKED: Final = ["Transfer-Encoding: chunked"]

FRAMINGS: Final[dict[str, Callable[[bytes], tuple[Sequence[str], bytes]]]] = {
    "length": lambda body: ([f"Content-Length: {len(body)}"], body),
    "one chunk": lambda body: (CHUNKED, _chunked(body, len(body) or 1)),
    "chunks": lambda body: (CHUNKED, _chunked(body, 100 + len(body) // 50)),
    "none": lambda body: ([], b""),
    "not said": lambda body: ([], body),
    "too short": lambda body: ([f"Content-Length: {max(len(body) - 1, 0)}"], body),
    "too long": lambda body: ([f"Content-Length: {len(body) + 3}"], body),
    "length twice": lambda body: ([f"Content-Length: {len(body)}"] * 2, body),
    "length and chunks": lambda body: ([f"Content-Length: {len(body)}", *CHUNKED], _chunked(body, 100)),
    "chunks without end": lambda body: (CHUNKED, _chunked(body, 100).removesuffix(b"0\r\n\r\n")),
}

OURS: Final = f"Authorization: {basic('Paycom:' + SETTINGS['PAYME_KEY'])['Authorization']}"
TEST_KEY: Final = f"Authorization: {basic('Paycom:' + SETTINGS['PAYME_TEST_KEY'])['Authorization']}"
ID: Final = "5f3a0000NUMBERaaaaaaaaaa"[:24]
TO_PAYME: Final = (PAYME, PAYME, f"{PAYME}/", f"{PAYME}/main", f"{PAYME}/main/")
TO_CLICK: Final = (CLICK, f"{CLICK}/", f"{CLICK}/prepare", f"{CLICK}/main/complete/", f"{CLICK}/main")
ELSEWHERE: Final = (
    *(f"{PAYME}?", f"{PAYME}?x=1", f"{PAYME}#x", f"{PAYME};x", f"{PAYME}//", f"/{PAYME}", PAYME.upper(), f"{PAYME}/."),
    *(f"{PAYME}/m%61in", f"{PAYME}/nobody", f"{PAYME}/ü", f"{PAYME}%2F", f"http://gateway{PAYME}", f"//gateway{PAYME}"),
    *(f"{CLICK}?", f"{CLICK}/nobody/prepare", f"{CLICK}/prepare/prepare", f"{CLICK}//prepare", f"{CLICK}/main/"),
    *("*", "/", "/health/live", "/api/v1/orders", "payment/callback/payme"),
)

# No other `Upgrade`: aiohttp's parser loses what comes in one piece behind a call with one that it doesn't know.
UNUSUAL: Final = (
    *(
        "X-Request-ID: a-callers-own-id",
        "X-Request-ID: bad",
        "X-Request-ID: 4111111111111111",
        "X-Request-ID: ümlaut12",
    ),
    *("X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 203.0.113.9, 127.0.0.9", "X-Forwarded-For: nobody"),
    *("Connection: close", "Connection: keep-alive", "Connection: upgrade", "Upgrade: websocket"),
    *("Expect: 100-continue", "Expect: anything", "Expect:", "Origin: https://docs.click.uz", "Origin: null"),
    *("Content-Encoding: gzip", "Content-Type: multipart/form-data; boundary=x", "Content-Type: text/x; charset=none"),
    *(
        "Accept-Encoding: gzip",
        "Accept: text/html",
        "Host: another",
        "Range: bytes=0-1",
        "X: " + "x" * 300,
        "no header",
    ),
    *("Sec-WebSocket-Key1: x", "Trailer: X", TEST_KEY, "Authorization: Basic x"),
)

PAYMES: Final = (
    PaymesCall("CheckPerformTransaction", {"amount": OK, "account": {"order_id": "payme-NUMBER"}}),
    PaymesCall("CheckPerformTransaction", {"amount": OK + 1, "account": {"order_id": "nobody's-NUMBER"}}),
    PaymesCall("CreateTransaction", creation(ID, 1_790_000_000_000, "payme-NUMBER")),
    PaymesCall("PerformTransaction", {"id": ID}),
    PaymesCall("CancelTransaction", {"id": ID, "reason": 5}),
    PaymesCall("CheckTransaction", {"id": ID}),
    PaymesCall("GetStatement", {"from": 0, "to": 1_790_000_000_000}),
    PaymesCall("ChangePassword", {"password": "another"}),
    PaymesCall("Unknown", {}),
)
CLICKS: Final = (
    *(ClicksCall({}), ClicksCall({"amount": "499"}), ClicksCall({"action": "7"}), ClicksCall({"error": "-5017"})),
    ClicksCall({"merchant_trans_id": "nobody's-NUMBER"}),
    *(ClicksCall({"action": "1", "merchant_prepare_id": number}) for number in ("0", "1", "999999999")),
    ClicksCall({"service_id": "1"}),
)


def _padded(size: int) -> Bytes:
    call = b'{"method": "CheckTransaction", "params": {"id": "5f3a"}, "id": 7}'
    return Bytes(call + b" " * (size - len(call)))


ODD: Final = (
    *(Bytes(b""), Bytes(b"{"), Bytes(b"[]"), Bytes(b"\xff\xfe"), Bytes(b"a=1&a=2&action=0"), Bytes(b"&&=&")),
    *(Bytes(b"x" * 9000), Bytes(b'{"method": "GetStatement"}'), _padded(BODY_MAX_BYTES), _padded(BODY_MAX_BYTES + 1)),
)


VERBS: Final = ("GET", "PUT", "HEAD", "OPTIONS", "DELETE", "post", "PO ST")
VERSIONS: Final = ("1.0", "0.9", "2.0", "1.2")
PAYMES_CALL: Final = StreamedCall("POST", PAYME, "1.1", ("Host: gateway", OURS), PAYMES[0], "length")
CLICKS_CALL: Final = StreamedCall("POST", CLICK, "1.1", ("Host: gateway",), CLICKS[0], "length")


def _variants(usual: StreamedCall, targets: Sequence[str], bodies: Sequence[Body]) -> Iterator[StreamedCall]:
    """All calls with one thing about them that is not usual."""
    yield from (replace(usual, verb=verb) for verb in VERBS)
    yield from (replace(usual, version=version) for version in VERSIONS)
    yield from (replace(usual, target=target) for target in (*targets, *ELSEWHERE))
    yield from (replace(usual, head=(*usual.head, header)) for header in UNUSUAL)
    yield from (replace(usual, body=body) for body in (*bodies, *ODD))
    yield from (replace(usual, framing=framing) for framing in FRAMINGS)
    yield replace(usual, head=("Host: gateway",))
    yield replace(usual, head=(*usual.head, "Connection: upgrade", "Upgrade: websocket"))


VARIANTS: Final = (*_variants(PAYMES_CALL, TO_PAYME, PAYMES), *_variants(CLICKS_CALL, TO_CLICK, CLICKS))
EACH_VARIANT: Final = (
    *(CallStream((CLICKS_CALL, varied, PAYMES_CALL), (), apart=True, draining=False) for varied in VARIANTS),
    *(CallStream((usual, usual), (), apart=True, draining=True) for usual in (PAYMES_CALL, CLICKS_CALL)),
)

CALLS: Final = st.sampled_from((PAYMES_CALL, CLICKS_CALL)) | st.sampled_from(VARIANTS)
MIXED: Final = st.builds(
    lambda one, other: replace(one, head=(*one.head, *other.head[1:]), framing=other.framing), CALLS, CALLS
)
"""With the headers and the framing of another one besides."""

STREAMS: Final = st.builds(
    CallStream,
    calls=st.lists(CALLS | MIXED, min_size=1, max_size=9).map(tuple),
    cuts=st.lists(st.floats(0, 1), max_size=6).map(tuple),
    apart=st.booleans(),
    draining=st.integers(0, 7).map(lambda n: n == 7),
)
