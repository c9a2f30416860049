"""HTTP that is bent or broken: each case by name, at every interface. (Facts about aiohttp that must stay true.)"""

import asyncio
import gzip
import json
import re
from collections.abc import Callable

import pytest

from tests.faults.hostile.answer_checks import INNARDS, SECRETS, outcome
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.http_client import Answer
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN, SHOP_KNOWN

SECONDS = 15
"""No connection may be kept waiting or busy for longer."""

CREDENTIALS = {PAYME: PAYME_KNOWN, CLICK: ("X-Nobody", "1"), ORDERS: SHOP_KNOWN}
INTERFACES = list(CREDENTIALS)

BODY = b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1}'
LENGTH = f"Content-Length: {len(BODY)}"
CHUNK = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
SMUGGLED = b"POST /payment/callback/payme HTTP/1.1\r\nHost: inside\r\nContent-Length: 0\r\n\r\n"
LARGE = 64 * 1024 + 1

READABLE = {PAYME: -31003, CLICK: -8, ORDERS: 422}
"""What the body comes to at each interface when it is read."""
UNREADABLE = {PAYME: -32700, CLICK: -8, ORDERS: 400}
TOO_LARGE = {PAYME: -32700, CLICK: -8, ORDERS: 413}


def head(interface: str, *lines: str, version: str = "HTTP/1.1", verb: str = "POST") -> bytes:
    return "\r\n".join(
        [f"{verb} {interface} {version}", "Host: x", ": ".join(CREDENTIALS[interface]), *lines, "", ""]
    ).encode()


def plain(interface: str, *lines: str) -> bytes:
    return head(interface, LENGTH, *lines) + BODY


REFUSED: dict[str, Callable[[str], bytes]] = {
    "two lengths: Content-Length and Transfer-Encoding": lambda interface: (
        head(interface, LENGTH, "Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED
    ),
    "two lengths the other way round": lambda interface: (
        head(interface, "Transfer-Encoding: chunked", LENGTH) + CHUNK + SMUGGLED
    ),
    "two Content-Lengths": lambda interface: head(interface, "Content-Length: 0", LENGTH) + BODY + SMUGGLED,
    "the same Content-Length twice": lambda interface: head(interface, LENGTH, LENGTH) + BODY,
    "a list of Content-Lengths": lambda interface: head(interface, f"{LENGTH}, {len(BODY)}") + BODY,
    "a negative Content-Length": lambda interface: head(interface, "Content-Length: -1") + BODY,
    "a Content-Length with a plus": lambda interface: head(interface, f"Content-Length: +{len(BODY)}") + BODY,
    "a Content-Length beyond 64 bits": lambda interface: head(interface, "Content-Length: " + "9" * 30) + BODY,
    "an unknown Transfer-Encoding": lambda interface: head(interface, "Transfer-Encoding: xchunked") + CHUNK,
    "chunked, but not last": lambda interface: head(interface, "Transfer-Encoding: chunked, gzip") + CHUNK,
    "bare line feeds": lambda interface: plain(interface).replace(b"\r\n", b"\n"),
    "one bare line feed": lambda interface: plain(interface, "X: 1\nY: 2"),
    "one bare carriage return": lambda interface: plain(interface, "X: 1\rY: 2"),
    "a folded header": lambda interface: plain(interface, "X: 1\r\n 2"),
    "a blank before the colon": lambda interface: plain(interface, "X : 1"),
    "a header of 9 KB": lambda interface: plain(interface, "X: " + "y" * 9 * 1024),
    "300 headers": lambda interface: plain(interface, *[f"X{number}: 1" for number in range(300)]),
    "NUL in a header": lambda interface: plain(interface, "X: a\x00b"),
    "NUL in the path": lambda interface: plain(interface).replace(b" HTTP", b"\x00 HTTP", 1),
    "a path of 9 KB": lambda interface: plain(interface).replace(b" HTTP", b"?" + b"a" * 9 * 1024 + b" HTTP", 1),
    "no Host": lambda interface: plain(interface).replace(b"Host: x\r\n", b""),
    "two Hosts": lambda interface: plain(interface, "Host: y"),
    "a version that is none": lambda interface: plain(interface).replace(b"HTTP/1.1", b"HTTP/9.9"),
    "a verb that is none": lambda interface: plain(interface).replace(b"POST", b"P@ST"),
    "the beginning of HTTP/2": lambda interface: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "the beginning of TLS": lambda interface: bytes.fromhex("16030100a5010000a10303") + bytes(150),
    "bytes": lambda interface: bytes(range(256)),
    "a port that is none": lambda interface: plain(interface).replace(b" /", b" http://a:b:c/", 1),
    "a chunk without a length": lambda interface: head(interface, "Transfer-Encoding: chunked") + b"zz\r\n" + BODY,
    "a chunk of negative length": lambda interface: head(interface, "Transfer-Encoding: chunked") + b"-1\r\n" + BODY,
    "a chunk beyond 64 bits": lambda interface: (
        head(interface, "Transfer-Encoding: chunked") + b"F" * 20 + b"\r\n" + BODY
    ),
}
"""Not HTTP: refused as such, whatever interface it was meant for, and the connection is closed."""

TAKEN: dict[str, tuple[Callable[[str], bytes], dict[str, int]]] = {
    "chunks": (lambda interface: head(interface, "Transfer-Encoding: chunked") + CHUNK, READABLE),
    "chunks of one byte": (
        lambda interface: (
            head(interface, "Transfer-Encoding: chunked")
            + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
            + b"0\r\n\r\n"
        ),
        READABLE,
    ),
    "chunks with extensions and trailers": (
        lambda interface: (
            head(interface, "Transfer-Encoding: chunked") + b"%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY)
        ),
        READABLE,
    ),
    "HTTP/1.0": (lambda interface: head(interface, LENGTH, version="HTTP/1.0") + BODY, READABLE),
    "a whole address": (lambda interface: plain(interface).replace(b" /", b" http://evil.example/", 1), READABLE),
    "an upgrade to WebSocket": (
        lambda interface: plain(interface, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        READABLE,
    ),
    "64 KiB and a byte": (lambda interface: head(interface, f"Content-Length: {LARGE}") + BODY.ljust(LARGE), TOO_LARGE),
    "64 KiB and a byte in chunks": (
        lambda interface: (
            head(interface, "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (LARGE, BODY.ljust(LARGE))
        ),
        TOO_LARGE,
    ),
    "60 KiB in chunks of one byte": (
        lambda interface: head(interface, "Transfer-Encoding: chunked") + b"1\r\n \r\n" * 60 * 1024 + b"0\r\n\r\n",
        TOO_LARGE,
    ),
    "a gzip bomb": (
        lambda interface: packed(interface, gzip.compress(BODY + b" " * 20_000_000)),
        UNREADABLE,
    ),
    "a gzip bomb in a gzip bomb": (
        lambda interface: packed(interface, gzip.compress(gzip.compress(BODY + b" " * 50_000_000))),
        UNREADABLE,
    ),
}
"""HTTP all the same: the interface answers in its own words."""


def packed(interface: str, body: bytes) -> bytes:
    return head(interface, "Content-Encoding: gzip", f"Content-Length: {len(body)}") + body


def is_of_an_interface(answer: Answer) -> bool:
    return "json" in answer.headers.get("content-type", "")


async def exchange(attack: Attack, data: bytes) -> tuple[Answer, bytes]:
    """The first answer, and what comes after it until the connection is closed or nothing more is said."""
    connection = await attack.gateway.client.connect()
    connection.send(data)
    answer = await connection.receive()
    try:
        async with asyncio.timeout(0.3 if is_of_an_interface(answer) else SECONDS):
            return answer, await connection.receive_rest()
    except TimeoutError:
        return answer, b"still open"
    finally:
        connection.close()


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_http(attack: Attack, interface: str, case: str):
    answer, rest = attack.run(exchange(attack, REFUSED[case](interface)))
    assert answer.status in (400, 431)
    assert not is_of_an_interface(answer)
    assert re.fullmatch(r"[\w :.]{0,60}", answer.text), "a few words of our own, nothing of what was sent"
    assert rest == b"", "nothing behind it is listened to"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("case", TAKEN)
def test_what_is_http_all_the_same(attack: Attack, interface: str, case: str):
    made, codes = TAKEN[case]
    answer, rest = attack.run(exchange(attack, made(interface)))
    assert (outcome(answer), answer.status) == (codes[interface], codes[interface] if interface == ORDERS else 200), (
        answer
    )
    assert rest in (b"", b"still open")
    assert not INNARDS.search(answer.text)


@pytest.mark.parametrize("interface", INTERFACES)
def test_requests_in_one_go_are_answered_in_their_order(attack: Attack, interface: str):
    async def answers() -> list[Answer]:
        connection = await attack.gateway.client.connect()
        calls = [b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":%d}' % number for number in range(100)]
        connection.send(b"".join(head(interface, f"Content-Length: {len(call)}") + call for call in calls))
        heard = [await connection.receive() for _ in calls]
        connection.close()
        return heard

    heard = attack.run(answers())
    assert [outcome(answer) for answer in heard] == [READABLE[interface]] * 100
    if interface == PAYME:
        assert [json.loads(answer.body)["id"] for answer in heard] == list(range(100))


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("calls", [1, 7])
def test_a_caller_that_closes_its_half_behind_its_calls_is_answered(attack: Attack, interface: str, calls: int):
    async def answers() -> tuple[list[int], bytes]:
        connection = await attack.gateway.client.connect()
        connection.send(plain(interface) * calls)
        connection.writer.write_eof()
        heard = [outcome(await connection.receive()) for _ in range(calls)]
        async with asyncio.timeout(SECONDS):
            rest = await connection.receive_rest()
        connection.close()
        return heard, rest

    assert attack.run(answers()) == ([READABLE[interface]] * calls, b"")


def test_a_body_without_an_end(attack: Attack):
    """It is answered once it is too large, and not listened to much longer."""

    async def answer(first: bytes) -> Answer:
        connection = await attack.gateway.client.connect()
        connection.send(first)
        hears = asyncio.create_task(connection.receive())
        async with asyncio.timeout(SECONDS):
            while not connection.writer.is_closing():
                connection.send(b"1000\r\n" + b" " * 4096 + b"\r\n")
                try:
                    await connection.writer.drain()
                except ConnectionError:
                    break
                await asyncio.sleep(0.005)
        return await hears

    async def answers() -> list[int]:
        heads = [head(interface, "Transfer-Encoding: chunked") for interface in INTERFACES]
        failed_auth = [each.replace(b"Authorization", b"X-Authorization") for each in heads]
        return [outcome(each) for each in await asyncio.gather(*map(answer, heads + failed_auth))]

    before = attack.gateway.memory()
    assert attack.run(answers()) == [TOO_LARGE[interface] for interface in INTERFACES] + [-32504, -8, 401]
    assert attack.gateway.memory() - before < 20 * 2**20


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_caller_that_disconnects_in_the_middle_is_no_error(attack: Attack, interface: str):
    async def abort(at: int) -> None:
        connection = await attack.gateway.client.connect()
        connection.send(plain(interface)[:at])
        await connection.writer.drain()
        connection.writer.transport.abort()

    async def hang_up_everywhere() -> None:
        whole = len(plain(interface))
        await asyncio.gather(*[abort(at) for at in (*range(0, whole, 5), whole)])

    attack.run(hang_up_everywhere())


def test_the_gateway_is_unharmed(attack: Attack):
    attack.assert_unharmed()
    assert not [line for line in attack.gateway.lines() if any(secret in str(line) for secret in SECRETS)]
