"""What every answer has in common, whoever makes it: no versions in it, and no refusal of what a caller expects."""

import asyncio
import re
from itertools import product
from unittest.mock import ANY

import pytest

from tests.long_timeouts import WAIT_SECONDS

PATHS = [
    *(
        "/health/live",
        "/health/ready",
        "/metrics",
        "/api/openapi.json",
        "/api/v1/orders",
        "/api/v1/nothing",
        "/nothing",
    ),
    *("/payment/callback/payme", "/payment/callback/click", "/sandbox", "/static/0/nothing.css"),
]


async def answer(gateway, *lines: str) -> tuple[int, bytes]:
    """Status and all that comes, until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write("\r\n".join([*lines, "", ""]).encode())
    writer.write_eof()
    async with asyncio.timeout(WAIT_SECONDS):
        received = await reader.read()
    writer.close()
    return int(received.split(b" ")[1]), received


def call(path: str, *lines: str, verb: str = "GET") -> list[str]:
    return [f"{verb} {path} HTTP/1.1", "Host: gateway", *lines]


async def test_no_answer_names_a_version(gateway):
    for path, verb in product(PATHS, ("GET", "POST", "BREW")):
        _, received = await answer(gateway, *call(path, verb=verb))
        head = received.partition(b"\r\n\r\n")[0]
        assert re.findall(rb"\r\nserver:([^\r]*)", head, re.IGNORECASE) in ([], [b" tiyin"])
        assert not re.search(rb"aiohttp|python", head, re.IGNORECASE)


async def test_nor_does_one_to_what_is_not_http(gateway):
    for lines in (["\0"], ["GET / HTTP/9.9"], call("/", "X: " + "y" * 9000), call("/", "Content-Length: -1")):
        status, received = await answer(gateway, *lines)
        assert status == 400
        assert not re.search(rb"aiohttp|python", received, re.IGNORECASE)


@pytest.mark.parametrize("expectation", ["the-unexpected", ""])
async def test_an_unknown_expectation_changes_no_answer(gateway, expectation):
    for path in PATHS:
        status, _ = await answer(gateway, *call(path))
        assert await answer(gateway, *call(path, f"Expect: {expectation}")) == (status, ANY), path


async def test_a_caller_that_waits_to_go_on_goes_on_at_every_path(gateway):
    for path in PATHS:
        status, _ = await answer(gateway, *call(path))
        _, received = await answer(gateway, *call(path, "Expect: 100-continue"))
        assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"100", str(status).encode()], path
