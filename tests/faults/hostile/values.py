"""Values that nobody sends on purpose, except those who mean harm."""

from typing import Any, Final, TypeVar

from hypothesis import strategies as st

TEXTS: Final = (
    "",
    " ",
    "\x00",
    "1001\x00",
    "\x00\x01\x02\x1b[31m\x7f\x85",
    "\ud800",
    "\udfff1001",
    "10\ud83d01",
    "🧸",
    "👨‍👩‍👧‍👦" * 20,
    "\u202e1001\u202c",
    "\u200b1001\u200d",
    "\ufeff1001",
    "Ёлка №7",
    "İıſK",
    "e\u0301" * 100,
    "１００１",
    "١٠٠١",
    "\u0660",
    "²",
    "' OR '1'='1' --",
    "1001'; DROP TABLE orders; --",
    "1001' UNION SELECT body FROM idempotency_keys --",
    "$1",
    ":name %(name)s {0} {name} %s%n",
    "\\' \\\\",
    '"; raise SystemExit; "',
    '\r\n{"event":"forged","level":"error"}\r\n',
    "1001\r\nSet-Cookie: a=b",
    "\n",
    "\u2028\u2029",
    "../../etc/passwd",
    "%00%0a%ff",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "NaN",
    "-Infinity",
    "null",
    "None",
    "true",
    "0",
    "-0",
    "+1",
    "01",
    "1e3",
    "0x1F",
    "1_000",
    "1.0",
    "1,5",
    "__class__",
    "x" * 64,
    "x" * 65,
    "x" * 255,
    "x" * 256,
    "ж" * 5_000,
    "9" * 400,
    "9" * 401,
    "9" * 4_301,
    "x" * 70_000,
)

_EDGES: Final = (2**15, 2**31, 2**32, 2**53, 2**63, 2**64, 10**12, 10**13, 10**30, 10**300)

INTEGERS: Final = (0, 1, -1, *(sign * (edge + near) for edge in _EDGES for near in (-1, 0, 1) for sign in (1, -1)))

NESTED: Final[Any] = [[[[[[[[[[[[{"a": [[[[{}]]]]}]]]]]]]]]]]]

OTHERS: Final = (
    None,
    True,
    False,
    0.5,
    1.0,
    -0.0,
    1e300,
    5e-324,
    [],
    {},
    [[]],
    ["1001"],
    [None] * 200,
    {"$ne": "1"},
    {"order_id": {"order_id": "1001"}},
    {"__proto__": {"admin": True}},
    {str(number): number for number in range(300)},
    NESTED,
)

T = TypeVar("T")


@st.composite
def mostly(draw: st.DrawFn, usual: st.SearchStrategy[T], *others: st.SearchStrategy[T]) -> T:
    """The usual three times of four. (`one_of` takes the same strategy for one, however often it is named.)"""
    return draw(draw(st.sampled_from((usual,) * (3 * len(others)) + others)))


def torn(texts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A few bytes in the middle are lost, or others."""
    return st.builds(_torn, texts, st.integers(0, 2**16), st.integers(0, 40), st.binary(max_size=8))


def _torn(text: bytes, where: int, length: int, patch: bytes) -> bytes:
    at = where % (len(text) + 1)
    return text[:at] + patch + text[at + length :]


verbs: Final = st.sampled_from(
    ("POST",) * 120 + ("GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
)
texts: Final = st.sampled_from(TEXTS) | st.text(max_size=40)
integers: Final = st.sampled_from(INTEGERS) | st.integers()
numerals: Final = st.sampled_from([str(number) for number in INTEGERS]) | st.sampled_from(TEXTS)
anything: Final[st.SearchStrategy[Any]] = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(INTEGERS),
    st.sampled_from(OTHERS),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)
"""Any JSON value."""

names: Final = st.sampled_from([text for text in TEXTS if len(text) < 300])

HEADERS: Final = (
    ("X-Forwarded-For", "203.0.113.7"),
    ("X-Forwarded-For", "127.0.0.1, 185.234.113.1"),
    ("X-Forwarded-For", "' OR 1=1 --"),
    ("X-Forwarded-For", ",".join(["10.0.0.1"] * 200)),
    ("X-Real-IP", "185.234.113.1"),
    ("Forwarded", "for=185.234.113.1;proto=https"),
    ("X-Request-ID", "a" * 64),
    ("X-Request-ID", 'forged","level":"error'),
    ("X-Request-ID", "\u2028"),
    ("X-Request-ID", "../" * 700),
    ("X-HTTP-Method-Override", "GET"),
    ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-16"),
    ("Content-Type", "text/json; charset=koi8-r"),
    ("Content-Type", "; ;=,"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "br"),
    ("Content-Encoding", "deflate, zstd"),
    ("Accept-Encoding", "gzip;q=0, *;q=0"),
    ("Accept", "text/html"),
    ("Cookie", "; ".join(f"a{number}=b" for number in range(300))),
    ("Cookie", '="\xff'),
    ("Range", "bytes=0-18446744073709551615"),
    ("If-Match", "*"),
    ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
    ("Expect", "100-continue"),
    ("Expect", "the-unexpected"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Connection", "close"),
    ("Connection", "keep-alive, close"),
    ("Origin", "https://docs.click.uz"),
    ("Origin", "null"),
    ("Idempotency-Key", "one"),
    ("Idempotency-Key", "k" * 300),
    ("Idempotency-Key", "ключ"),
    ("Idempotency-Key", ""),
    ("Authorization", "Basic Og=="),
    ("Authorization", "Bearer"),
    ("Proxy-Authorization", "Basic Og=="),
    ("X", "\udcff\udc80"),
    ("X", "y" * 2500),
)
"""Well-formed for HTTP, and three of them together short enough: they reach the interfaces.

Half surrogates stand for bytes that are not UTF-8.
"""

headers: Final = st.lists(st.sampled_from(HEADERS), max_size=3, unique_by=lambda header: header[0]).map(tuple)
"""Each name once: some that come twice make a request that is not HTTP."""
