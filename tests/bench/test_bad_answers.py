"""The load client in C takes no garbage for an answer, in whatever pieces it comes."""

import itertools
import random
from dataclasses import replace

import pytest

from bench import c_client
from tests.bench.bad_gateway import OK_LINE, PLAN, BadGateway, json_answer
from tests.bench.payme_server import PaymeServer, busy_for

LONG = b"x" * 9000
MANGLED, SEED = 300, 20261130
BITS = (b"", b"\0", b'"', b"{", b"9", b"\\", b"\r\n", b"\xff")


async def test_an_answer_may_come_byte_by_byte(program):
    payme = PaymeServer()

    def bytewise(body: bytes) -> list[bytes]:
        return [bytes([byte]) for byte in json_answer(payme.answer(body))]

    async with BadGateway(bytewise) as gateway:
        figures = await c_client.run(program, replace(PLAN, port=gateway.port))
    assert (figures.lives, figures.wrong) == (3, 0)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "is no HTTP"),
        (b"HTTP/1.1 ten OK\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 \r\n\r\n", "is no HTTP"),
        (OK_LINE + b"\r\n{}", "has a body of unknown length"),
        (OK_LINE + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "has a body of unknown length"),
        (OK_LINE + b"Content-Length: -2\r\n\r\n{}", "has a body of unknown length"),
        (OK_LINE + b"Content-Length: 99999999999999999999\r\n\r\n{}", "has a body of unknown length"),
        (OK_LINE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "has a body of unknown length"),
        (OK_LINE + b"Content-Length: 9000\r\n\r\n" + LONG, "is longer than any may be"),
        (OK_LINE + b"X: %b\r\nContent-Length: 900\r\n\r\n" % LONG[:8120] + LONG[:900], "is longer than any may be"),
        (OK_LINE + b"X: " + LONG, "is longer than any may be"),
        (json_answer(b"{}") + OK_LINE, "more came than the answer"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "HTTP status 500"),
        (OK_LINE + b"connection: Close\r\nContent-Length: 2\r\n\r\n{}", "the server wants to close the connection"),
        (json_answer(b""), "is no JSON object"),
        (json_answer(b"[]"), "is no JSON object"),
        (json_answer(b'{"id":1'), "is no JSON object"),
        (json_answer(b'{"id":1}{'), "is no JSON object"),
        (json_answer(b'{"id":01}'), "is no JSON object"),
        (json_answer(b'{"id":1,}'), "is no JSON object"),
        (json_answer(b'{"id":"\\x"}'), "is no JSON object"),
        (json_answer(b'{"id":"\n"}'), "is no JSON object"),
        (json_answer(b'{"id":' + b"[" * 4000), "is no JSON object"),
        (json_answer(b'{"id":' + b"[" * 40 + b"]" * 40 + b"}"), "is no JSON object"),
        (json_answer(b'{"id":2.0}'), "the id is not echoed"),
        (json_answer(b'{"id":99999999999999999999}'), "the id is not echoed"),
        (json_answer(b'{"id":2,"id":3}'), "the id is not echoed"),
        (json_answer(b'{"id":2,"result":true}'), "no result"),
        (json_answer(b'{"id":2,"result":{"allow":1}}'), "it is not allowed"),
        (json_answer(b'{"id":2,"error":{}}'), "an error without a code"),
        (json_answer(b'{"id":2,"error":0,"result":{"allow":true}}'), "an error without a code"),
    ],
)
async def test_no_garbage_is_taken_for_an_answer(program, answer, fault):
    async with BadGateway(lambda body: [answer]) as gateway:
        figures = await c_client.run(program, replace(PLAN, port=gateway.port, orders=1))
    assert (figures.lives, figures.wrong, figures.left_over) == (0, 1, 0)
    assert figures.wrongs[0].startswith(f"CheckPerformTransaction: {fault}")


async def test_an_answer_that_nobody_asked_for_is_wrong(program):
    """It comes while the payer waits to make his call again."""
    payme = PaymeServer(busy_for("PerformTransaction", 1))

    def twice(body: bytes) -> list[bytes]:
        answer = json_answer(payme.answer(body))
        return [answer, json_answer(b"{}")] if b"-32400" in answer else [answer]

    async with BadGateway(twice, pause=0.05) as gateway:
        plan = replace(PLAN, port=gateway.port, orders=1, life="paid by the patient", pause=60.0)
        figures = await c_client.run(program, plan)
    assert (figures.lives, figures.wrong, figures.left_over) == (0, 1, 0)
    assert "the id is not echoed" not in figures.wrongs[0]


async def test_a_connection_that_is_lost_between_two_tries_ends_that_life_only(program):
    payme = PaymeServer(busy_for("PerformTransaction", 1))
    lost = itertools.count()

    def once(body: bytes) -> list[bytes]:
        answer = json_answer(payme.answer(body))
        gateway.hangs_up = b"-32400" in answer and next(lost) == 0
        return [answer]

    async with BadGateway(once) as gateway:
        plan = replace(PLAN, port=gateway.port, orders=2, life="paid by the patient", pause=0.05)
        figures = await c_client.run(program, plan)
    assert (figures.lives, figures.wrong, figures.wrongs) == (1, 1, ["PerformTransaction: the connection was lost"])


async def test_mangled_answers_are_counted_whatever_they_are(program):
    """Bytes changed, taken out and put in by a seed; the compiler's checks would end the client with an error."""
    chance, payme = random.Random(SEED), PaymeServer(busy_for("PerformTransaction", 1))

    def mangled(body: bytes) -> list[bytes]:
        sound = json_answer(payme.answer(body))
        answer = bytearray(sound)
        for _ in range(max(0, chance.randint(-9, 3))):
            at = chance.randrange(len(answer))
            answer[at : at + chance.randint(0, 2)] = chance.choice(BITS)
        gateway.hangs_up = answer != sound
        return [bytes(answer)]

    async with BadGateway(mangled) as gateway:
        plan = replace(PLAN, port=gateway.port, orders=MANGLED, payers=3, life="paid by the patient")
        figures = await c_client.run(program, plan)
    assert figures.lives + figures.wrong >= figures.orders_used == MANGLED
    assert 0 < figures.lives < MANGLED
