"""Malformed, endless and surplus bytes of every kind: before a head, in it and behind it, in bodies and trailers."""

from collections.abc import Mapping, Sequence
from typing import Final

HEAD: Final = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n"
CHUNKED: Final = b"POST / HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n"
CALL: Final = HEAD + b"\r\nbody"
LARGE: Final = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000000\r\n\r\n"
UPGRADE: Final = HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\nbody"
MUCH: Final = b"x" * 128 * 1024

KINDS: Final[Mapping[str, Sequence[bytes]]] = {
    "a good call": [CALL],
    "no HTTP": [MUCH],
    "no HTTP, in lines": [b"\r\n".join([b"z" * 500] * 200)],
    "a malformed head": [b"POST / HTTP/1.1\r\nHost : gateway\r\n\r\n" + MUCH],
    "a long first line": [b"POST /" + MUCH],
    "too many headers": [HEAD + b"".join(b"X%d: 1\r\n" % n for n in range(100)) + b"\r\n" + MUCH],
    "an address that is none": [b"POST http://a:b:c/ HTTP/1.1\r\nHost: gateway\r\n\r\n" + MUCH],
    "no HTTP behind a call": [CALL + b"\0" + MUCH],
    "no HTTP behind an answer": [CALL, b"\0" + MUCH],
    "calls beyond number": [CALL * 3000],
    "a head without an end behind a call": [CALL + HEAD + b"X: " + MUCH],
    "a malformed chunk": [CHUNKED + b"zz\r\n" + MUCH],
    "a malformed chunk behind its head": [CHUNKED, b"zz\r\n" + MUCH],
    "a malformed chunk behind a good one": [CHUNKED + b"4\r\nbody\r\n", b"zz\r\n" + MUCH],
    "a chunk beyond 64 bits": [CHUNKED + b"F" * 20 + b"\r\n" + MUCH],
    "a chunk longer than it says": [CHUNKED + b"4\r\nbodyXX" + MUCH],
    "a chunk's extension without an end": [CHUNKED + b"4;" + MUCH],
    "a malformed trailer": [CHUNKED + b"1\r\na\r\n0\r\nX : 1\r\n" + MUCH],
    "a malformed trailer behind the rest": [CHUNKED + b"1\r\na\r\n0\r\n", b"X : 1\r\n" + MUCH],
    "a trailer without an end": [CHUNKED + b"1\r\na\r\n0\r\nX: " + MUCH],
    "chunks of one byte": [CHUNKED + b"1\r\nx\r\n" * 40_000],
    "a body beyond all bounds": [LARGE + MUCH],
    "a body that nobody reads": [LARGE.replace(b"/", b"/unread", 1) + MUCH],
    "a body that breaks off": [LARGE + b"body"],
    "bytes behind an upgrade": [UPGRADE + MUCH],
    "no HTTP behind an upgrade": [UPGRADE, b"\0" + MUCH],
    "a tunnel": [b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n" + MUCH],
    "the beginning of HTTP/2": [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + MUCH],
    "an expectation": [LARGE.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n") + MUCH],
    "a body packed in a way that is none": [LARGE.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + MUCH],
}
"""What a caller sends before it goes, in one piece or in several."""
