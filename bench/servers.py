"""The servers that are measured, each a program of its own on a free port."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.click_life import SERVICE_ID

PAYME_KEY: Final = "OfTheBench#0123456789-abcdefghij"
CLICK_SECRET: Final = "of-the-bench"
API_TOKEN: Final = "token-of-the-bench-0123456789-abcdefghij"
WEBHOOK_KEY: Final = "webhooks-of-the-bench-0123456789-abcdefghij"
PAYME: Final = "/payment/callback/payme"
CLICK: Final = "/payment/callback/click"
PROGRAM: Final = Path(sys.executable).with_name("tiyin")
START_SECONDS: Final = 60
STOP_SECONDS: Final = 30
NICEST: Final = "19"


@dataclass(frozen=True, slots=True)
class Served:
    port: int
    pid: int


@asynccontextmanager
async def gateway(database_url: str, folder: Path, workers: int = 1, outbound: str = "here") -> AsyncIterator[Served]:
    """`tiyin serve`, as an operator would start it; its log goes to a file."""
    port = free_port()
    command = [str(PROGRAM), "serve", "--port", str(port), "--workers", str(workers)]
    environment = {**settings(database_url, folder), "OUTBOUND": outbound}
    async with running(command, port, folder, environment) as served:
        yield served


@asynccontextmanager
async def worker(database_url: str, folder: Path, *, yields: bool = False) -> AsyncIterator[Served]:
    """`tiyin worker`; the port is that of its health and metrics. `yields`: as `running` has it."""
    port = free_port()
    command = [str(PROGRAM), "worker", "--port", str(port)]
    async with running(command, port, folder, settings(database_url, folder), yields=yields) as served:
        yield served


def settings(database_url: str, folder: Path) -> Mapping[str, str]:
    """A gateway's environment."""
    return {
        "DATABASE_URL": database_url,
        "TIYIN_HOME": str(folder / "home"),
        "PAYME_MERCHANT_ID": "587f72c72cac0d162c722ae2",
        "PAYME_KEY": PAYME_KEY,
        "CLICK_SERVICE_ID": str(SERVICE_ID),
        "CLICK_SECRET_KEY": CLICK_SECRET,
        "API_TOKEN": API_TOKEN,
        "API_ORDERS_A_SECOND": "1000000",  # who measures opens them as fast as can be
        "WEBHOOK_KEY": WEBHOOK_KEY,
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1/32",
    }


@asynccontextmanager
async def echo(folder: Path) -> AsyncIterator[Served]:
    port = free_port()
    async with running([sys.executable, "-m", "bench.echo", str(port)], port, folder, {}) as served:
        yield served


@asynccontextmanager
async def receiver(folder: Path, *, yields: bool = False) -> AsyncIterator[Served]:
    port = free_port()
    command = [sys.executable, "-m", "bench.receiver", str(port)]
    async with running(command, port, folder, {}, yields=yields) as served:
        yield served


@asynccontextmanager
async def running(
    command: Sequence[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    *,
    yields: bool = False,
) -> AsyncIterator[Served]:
    """Started, waited for until it listens, and stopped at the end.

    `yields`: it takes the time of the cores that nobody else wants, for it stands for one on another machine.
    """
    log = folder / f"{Path(command[0]).name}-{port}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(("nice", "-n", NICEST, *command) if yields else command),
            env={"PATH": os.environ["PATH"], **environment},
            cwd=cwd or Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=yields,
        )
    try:
        if yields:
            _yield_as_session(process.pid)
        await _until_it_listens(process, port, log)
        yield Served(port, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def _yield_as_session(pid: int) -> None:
    """Linux may share the cores out to sessions first, and to processes by their niceness only within one."""
    with suppress(FileNotFoundError):
        Path(f"/proc/{pid}/autogroup").write_text(NICEST)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def _until_it_listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if process.returncode is not None:
                    raise SystemExit(_last_words(log)) from None
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _last_words(log: Path) -> str:
    return f"{log.name} did not start:\n{log.read_text()[-2000:]}"
