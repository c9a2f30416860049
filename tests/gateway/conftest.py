"""What the gateway's own tests look at: the journal, the metrics, and gateways that run as programs."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli import main
from gateway.database import embedded
from tests.bare_environment import bare_environment
from tests.conftest import SETTINGS
from tests.leaks import LEAKS
from tests.long_timeouts import WAIT_SECONDS
from tests.open_folder import open_folder
from tests.other_sessions import execute
from tests.ports import unused_port

Types = Callable[..., tuple[int, str, str]]
Metrics = dict[tuple[str, ...], float]

TESTS_OWN = frozenset(
    {
        "TIYIN_SEED",
        "TIYIN_CALL_STREAMS",
        "TIYIN_CUTS",
        "TIYIN_HISTORIES",
        "TIYIN_TEST_BATCH",
        "TIYIN_TEST_REQUESTS",
        "TIYIN_EVERY_POINT",
        "TIYIN_STREAMS",
    }
)
"""Names that tell the tests what to do, and that no gateway knows."""

PROGRAM = Path(sys.executable).with_name("tiyin")


async def read_metrics(http: aiohttp.ClientSession, url: Any) -> Metrics:
    """Every sample by its name and the values of its labels in their names' order."""
    async with http.get(url) as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        families = text_string_to_metric_families(await response.text())
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def metrics(gateway, http) -> Callable[[], Awaitable[Metrics]]:
    return lambda: read_metrics(http, gateway.make_url("/metrics"))


class ServeProcess:
    """A gateway that runs as a program."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, out: Path) -> None:
        self.process, self.url, self.out = process, f"http://127.0.0.1:{port}", out

    def signalled(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        async with asyncio.timeout(WAIT_SECONDS):
            return await self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """What it wrote to its log."""
        return [orjson.loads(line) for line in self.out.read_bytes().splitlines() if line.startswith(b"{")]

    async def says(self, event: str) -> dict[str, Any]:
        """The first line of the log with this event, once it is there."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for line in self.lines():
                    if line["event"].startswith(event):
                        return line
                await asyncio.sleep(0.02)


@pytest.fixture
def serve(database, database_url, tmp_path) -> Callable[..., Any]:
    """Start `tiyin serve` and wait until it answers or ends; killed at the end of the context if it still runs."""

    @asynccontextmanager
    async def started(*arguments: str, out: Any = None, **environment: str) -> AsyncIterator[ServeProcess]:
        port, log = unused_port(), tmp_path / "out.log"
        address = database_url.replace("+asyncpg", "")
        names = SETTINGS | {"DATABASE_URL": address, "TIYIN_HOME": str(tmp_path / "home"), "PORT": str(port)}
        del names["PAYME_TEST_KEY"]  # it would be warned of
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(str(PROGRAM), "serve", *arguments),
                env=bare_environment() | names | environment,
                cwd=tmp_path,
                stdout=file if out is None else out,
                stderr=subprocess.STDOUT,
            )
        served = ServeProcess(process, port, log)
        try:
            await _answers_or_ends(served)
            yield served
        finally:
            if process.returncode is None:
                await _kill(process)
            LEAKS.written += [path.read_text(errors="replace") for path in tmp_path.rglob("*.log")]

    return started


async def _kill(process: asyncio.subprocess.Process) -> None:
    """With the processes that it has started: they would write what they have into the next test's journal."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    await process.wait()
    await asyncio.to_thread(psutil.wait_procs, family[1:], WAIT_SECONDS)


async def _answers_or_ends(served: ServeProcess) -> None:
    async with asyncio.timeout(WAIT_SECONDS), aiohttp.ClientSession() as http:
        while served.process.returncode is None:
            try:
                async with http.get(f"{served.url}/health/ready") as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


@pytest.fixture
def types(
    tmp_path: Path,
    database_url: str,
    database: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Types:
    """Status, stdout and stderr of a command. Without other names, on the tests' own PostgreSQL."""

    def typed(*arguments: str, **names: str | None) -> tuple[int, str, str]:
        environ = {**SETTINGS, "PAYME_TEST_KEY": None, "DATABASE_URL": database_url, "COLUMNS": "200", **names}
        with monkeypatch.context() as patch:
            for name in TESTS_OWN & os.environ.keys():
                patch.delenv(name)
            for name, value in environ.items():
                patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["tiyin", *arguments])
            with pytest.raises(SystemExit) as end:
                main()
        said, wrong = capfd.readouterr()
        return int(end.value.code or 0), said, wrong

    return typed


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    """A TIYIN_HOME that is still to be made. A short path, unlike pytest's own temporary directories."""
    with open_folder() as place:
        yield place / "home"
        embedded.stop(place / "home", force=True)


@pytest.fixture
def behind(database_url: str) -> Iterator[str]:
    """The address of a database without a schema."""
    url = database_url.replace("/postgres?", "/behind?")
    asyncio.run(execute(database_url, "CREATE DATABASE behind"))
    yield url
    asyncio.run(execute(database_url, "DROP DATABASE behind WITH (FORCE)"))
