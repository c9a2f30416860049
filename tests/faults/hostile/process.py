"""The gateway as a program on a database of its own: what it answers, how much memory it holds, what it logs."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import dropwhile
from pathlib import Path
from typing import Any, Final

from gateway.cli.start_notice import HEADING
from tests.conftest import SETTINGS
from tests.faults.hostile.http_client import HttpClient, Request
from tests.ports import unused_port

ROOT: Final = Path(__file__).parents[3]
PROGRAM: Final = (sys.executable, "-m", "gateway.cli", "serve")
"""Of these sources, wherever they lie: a copy of them may hold a mutant."""

START_SECONDS: Final = 60
MEBIBYTE: Final = 2**20

LIMITED: Final = ("/bin/sh", "-c", 'ulimit {}; exec "$@"', "sh")
"""Runs a program under a limit of the shell's."""

UNLIMITED: Final = {"RATE_LIMIT_FAILURES": "1000000/minute", "FAILED_AUTH_BYTES_A_DAY": "1TiB"}
"""Here everybody is one address, most of whose calls are nobody's: the limits on failures have tests of their own."""

ALARMS: Final = (
    "click has debited a card for nothing",
    "click reports an error for a paid payment",
    "click reports an error under the id of another payment",
    "payme has been refused a payment",
)
"""What it may cry out: whatever a provider says of money that does not fit the books is for people to look at."""


class Gateway:
    def __init__(self, process: asyncio.subprocess.Process, port: int, out: Path) -> None:
        self.process, self.port, self.out = process, port, out
        self.client = HttpClient(port)
        self._warm = 0

    def memory(self) -> int:
        """Bytes of it that are in RAM."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the gateway is gone")

    def descriptors(self) -> int:
        """How many it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def is_warm(self) -> None:
        """From now on its memory may not grow much."""
        self._warm = self.memory()

    def growth(self) -> float:
        """In MiB, since it was warm."""
        return (self.memory() - self._warm) / MEBIBYTE

    def lines(self) -> Iterator[dict[str, Any]]:
        """Its log. Every line is one JSON object, whatever anybody sent: otherwise lines could be forged."""
        for line in dropwhile(_is_of_notice, self.out.read_bytes().split(b"\n")[:-1]):
            record = json.loads(line)
            assert isinstance(record, dict), line
            yield record

    def surprises(self) -> list[dict[str, Any]]:
        """What it logs when something happens that nobody thought of."""
        errors = [line for line in self.lines() if line["level"] not in ("debug", "info", "warning")]
        return [line for line in errors if line["event"] not in ALARMS]


def _is_of_notice(line: bytes) -> bool:
    return line == HEADING.encode() or line.startswith(b"  ")


@asynccontextmanager
async def running(database_url: str, folder: Path, *limits: str, limited: bool = False) -> AsyncIterator[Gateway]:
    """`limits`: as the shell's ulimit takes them. `limited`: what is recorded of failures is limited, as usual."""
    port, out = unused_port(), folder / "out.log"
    names = SETTINGS | ({} if limited else UNLIMITED) | {"PORT": str(port), "TIYIN_HOME": str(folder / "home")}
    names["DATABASE_URL"] = database_url.replace("+asyncpg", "")
    del names["PAYME_TEST_KEY"]  # it would be warned of
    with out.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(word.format("; ulimit ".join(limits)) for word in LIMITED if limits),
            *PROGRAM,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TZ": "Asia/Tashkent"} | names,
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    gateway = Gateway(process, port, out)
    try:
        await _is_ready(gateway)
        yield gateway
    finally:
        gateway.client.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _is_ready(gateway: Gateway) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert gateway.process.returncode is None, gateway.out.read_text()
            try:
                if (await gateway.client.exchange(Request("/health/ready", verb="GET"))).status == 200:
                    return
            except OSError:
                await asyncio.sleep(0.05)
