"""Raw calls are written byte by byte, and their answers read as they come."""

import asyncio
import re
from typing import Final

from tests.long_timeouts import WAIT_SECONDS

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PAYME: Final = "/payment/callback/payme"
CLICK: Final = "/payment/callback/click"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def call(path: str, body: bytes, *head: str, verb: str = "POST", version: str = "1.1") -> bytes:
    lines = [f"{verb} {path} HTTP/{version}", "Host: gateway", f"Content-Length: {len(body)}", *head, "", ""]
    return "\r\n".join(lines).encode() + body


async def answers(line: Line, sent: bytes, count: int = 1) -> list[bytes]:
    """So many answers, as they came, but for the time in them."""
    reader, writer = line
    writer.write(sent)
    came = []
    async with asyncio.timeout(WAIT_SECONDS):
        for _ in range(count):
            head = (await reader.readuntil(b"\r\n\r\n")).removeprefix(CONTINUE) or await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else await reader.read()
            came.append(re.sub(rb"\r\nDate: [^\r]+", b"\r\nDate: then", head) + body)
    return came
