"""Other packages that take Payme's calls: installed beside the project, served as production serves them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.machine import ROOT
from bench.postgres import Cluster
from bench.rounds import say
from bench.servers import Served, free_port, running

SHOPS: Final = ROOT / "docs" / "compare"
"""As each package's own README has it; also what `docs/compared.md` was made with."""

KEY: Final = "t7&G3#?wTLobCaB4dkQvMVgiMCBU9D4a"
ORDERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    requirements: str
    shop: str
    """A module in `docs/compare`."""
    path: str
    account: str
    """What the account's field is called."""
    serve: Sequence[str]
    """Two processes, as many as there are cores; `{port}` is put in."""

    @property
    def programs(self) -> Path:
        return ROOT / ".venv-peers" / self.requirements / "bin"


GUNICORN: Final = (
    *("gunicorn", "--bind=127.0.0.1:{port}", "--workers=2", "--worker-class=gthread", "--threads=4", "--keep-alive=75"),
    "--log-level=warning",
)
PACKAGES: Final = (
    Package(
        "payme-pkg",
        "payme-pkg",
        "payme_pkg_shop",
        "/payment/update/",
        "order_id",
        (*GUNICORN, "payme_pkg_shop:application"),
    ),
    Package(
        "paytechuz, Django",
        "paytechuz",
        "paytechuz_django_shop",
        "/payments/webhook/payme/",
        "id",
        (*GUNICORN, "paytechuz_django_shop:application"),
    ),
    Package(
        "paytechuz, FastAPI",
        "paytechuz",
        "paytechuz_fastapi_shop",
        "/payments/payme/webhook",
        "id",
        (
            *("uvicorn", "--host=127.0.0.1", "--port={port}", "--workers=2", "--no-access-log", "--log-level=warning"),
            "paytechuz_fastapi_shop:app",
        ),
    ),
)


@asynccontextmanager
async def served(package: Package, cluster: Cluster) -> AsyncIterator[Served]:
    """On a database of its own in the same PostgreSQL, with fresh orders from 1 on."""
    await asyncio.to_thread(_install, package)
    await cluster.execute("postgres", f"CREATE DATABASE {package.shop.removesuffix('_shop')}")
    environment = {
        "COMPARE_POSTGRES": str(cluster.folder),
        "COMPARE_ORDERS": str(ORDERS),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    prepared = await asyncio.create_subprocess_exec(
        *(str(package.programs / "python"), f"{package.shop}.py", "prepare"),
        env={"PATH": os.environ["PATH"], **environment},
        cwd=SHOPS,
    )
    if await prepared.wait() != 0:
        raise SystemExit(f"{package.name}: its tables could not be made; see above.")
    port = free_port()
    program, *arguments = (argument.format(port=port) for argument in package.serve)
    command = [str(package.programs / program), *arguments]
    async with running(command, port, cluster.folder, environment, SHOPS) as it:
        yield it


def _install(package: Package) -> None:
    """Into a virtual environment of its own, once."""
    wanted = [SHOPS / f"{package.requirements}.txt", ROOT / "bench" / "peers.txt"]
    there = package.programs.parent / "installed"
    if there.exists() and there.read_text() == "".join(file.read_text() for file in wanted):
        return
    say(f"installing {package.requirements} ...")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(package.programs.parent)], check=True)
    pip = [str(package.programs / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, *(f"--requirement={file}" for file in wanted)], check=True)
    there.write_text("".join(file.read_text() for file in wanted))
