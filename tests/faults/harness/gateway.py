"""Gateways as processes of their own, killed and frozen at will."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from gateway.config.settings import load
from schema.values import to_ms
from tests.bare_environment import bare_environment
from tests.clock import Clock
from tests.conftest import SETTINGS
from tests.leaks import LEAKS
from tests.long_timeouts import WAIT_SECONDS
from tests.ports import unused_port

ROOT = Path(__file__).parents[3]
START_SECONDS = 30
END_SECONDS = 60


class Gateway:
    """One process of `tiyin serve`, or the one that keeps its workers; or one of `tiyin worker`."""

    def __init__(self, program: "Program", process: int, url: str, log: Path) -> None:
        self.program, self.process, self.url, self.log = program, process, url, log
        self._pidfd = os.pidfd_open(process)
        self.status: int | None = None
        """Once it has ended; negative: by that signal."""

    def send_signal(self, number: signal.Signals) -> None:
        if self.status is not None:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """At once, as when the machine loses its power."""
        self.send_signal(signal.SIGKILL)

    @property
    def alive(self) -> bool:
        return self.status is None and not select.select([self._pidfd], [], [], 0)[0]

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        async with asyncio.timeout(END_SECONDS):
            while self.alive:
                await asyncio.sleep(0.002)
        return self.bury()

    def bury(self) -> int:
        """To be called of a process that has ended or is about to."""
        if self.status is None:
            self.status = self.program.wait(self.process)
            os.close(self._pidfd)
            if self.log.is_file():
                LEAKS.written.append(self.log.read_text(errors="replace"))
        return self.status

    async def answers(self, http: aiohttp.ClientSession) -> "Gateway":
        """Itself, once it is ready for calls."""
        async with asyncio.timeout(START_SECONDS):
            while self.alive:
                with suppress(aiohttp.ClientError, ConnectionError):
                    async with http.get(f"{self.url}/health/live") as response:
                        assert response.status == 200
                        return self
                await asyncio.sleep(0.005)
        said = self.log.read_text()[-2000:] if self.log.is_file() else "its log is no file"  # and may have no end
        raise AssertionError(f"the gateway ended: {said}")

    async def readiness(self, http: aiohttp.ClientSession) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        async with http.get(f"{self.url}/health/ready") as response:
            return response.status, await response.json()

    async def is_ready(self, http: aiohttp.ClientSession, code: int = 200, **body: Any) -> None:
        """Return once readiness is answered so."""
        answer = code, body or {"status": "ready"}
        async with asyncio.timeout(START_SECONDS):
            while (last := await self.readiness(http)) != answer:
                await asyncio.sleep(0.05)
        assert last == answer

    def lines(self) -> list[dict[str, Any]]:
        """What it wrote to its log."""
        return [json.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]

    async def says(self, event: str) -> dict[str, Any]:
        """The first line of its log with this event, once it is there: a thread writes it, some time later."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for line in self.lines():
                    if line["event"] == event:
                        return line
                await asyncio.sleep(0.02)


class Program:
    """What gateways are forked from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.harness.program"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self,
        database_url: str,
        *arguments: str,
        command: str = "serve",
        port: int | None = None,
        log: Path | None = None,
        **environ: str,
    ) -> Gateway:
        """A gateway that may not answer yet. `environ`: settings beside those of the shop `main`; with an empty
        DATABASE_URL it uses the embedded database."""
        number = next(self._numbers)
        log = log or self.folder / f"gateway-{number}.log"
        port = port or unused_port()
        names = SETTINGS | {
            **bare_environment(),
            "DATABASE_URL": database_url.replace("+asyncpg", ""),
            "TIYIN_HOME": str(self.folder / f"home-{number}"),
            "PORT": str(port),
            "WORKER_PORT": str(port),
        }
        del names["PAYME_TEST_KEY"]  # it would be warned of
        LEAKS.knows(load(names))
        names |= environ
        if not names["DATABASE_URL"]:
            del names["DATABASE_URL"]
        asked = {"command": (command, *arguments), "environ": names, "log": str(log)}
        return Gateway(self, self._ask(asked), f"http://127.0.0.1:{port}", log)

    @asynccontextmanager
    async def serving(
        self,
        http: aiohttp.ClientSession,
        database_url: str,
        *arguments: str,
        command: str = "serve",
        port: int | None = None,
        log: Path | None = None,
        **environ: str,
    ) -> AsyncIterator[Gateway]:
        """A gateway that answers; killed at the end if it still runs."""
        gateway = self.start(database_url, *arguments, command=command, port=port, log=log, **environ)
        try:
            yield await gateway.answers(http)
        finally:
            gateway.kill()
            gateway.bury()

    def wait(self, process: int) -> int:
        return self._ask({"wait": process})

    def close(self) -> None:
        with self._parent:  # closes its pipes, which ends it
            pass

    def _ask(self, asked: dict[str, Any]) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(asked) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())


class SharedClock(Clock):
    """Moved by the tests, read by gateways through the file that TIYIN_TEST_CLOCK names."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._tell()

    def advance(self, **by: float) -> None:
        super().advance(**by)
        self._tell()

    def stands_at(self, moment: Any) -> None:
        super().stands_at(moment)
        self._tell()

    def _tell(self) -> None:
        mode = "r+b" if self.path.exists() else "wb"
        with self.path.open(mode) as file:
            file.write(to_ms(self.now()).to_bytes(8))


@contextmanager
def program_in(folder: Path) -> Iterator[Program]:
    program = Program(folder)
    try:
        yield program
    finally:
        program.close()
