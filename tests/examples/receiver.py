"""A receiver of webhooks from examples/: its process, and who it deals with: tiyin, which sends, and its shop."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.examples.installation import EXAMPLES, HOME, NODE_MODULES
from tests.examples.sender import SECRET, Sender
from tests.examples.shop import Shop
from tests.ports import unused_port

START_SECONDS: Final = 60
LOG_SHOWN_CHARACTERS: Final = 5_000
PYTHON: Final = str(HOME / "bin" / "python")


@dataclass(frozen=True, slots=True)
class Kind:
    """A folder of examples/receiver, and the commands of its README; `{port}` is put in."""

    name: str
    serve: tuple[str, ...]
    prepare: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Programs besides Python."""
    environ: Mapping[str, str] = field(default_factory=dict)
    orders: str = "orders"
    events: str = "received_events"


RECEIVERS: Final = (
    Kind("aiohttp", (PYTHON, "receiver.py")),
    Kind("fastapi", (PYTHON, "-m", "uvicorn", "receiver:app", "--port", "{port}")),
    Kind(
        "django",
        (PYTHON, "manage.py", "runserver", "--noreload", "{port}"),
        prepare=(PYTHON, "manage.py", "migrate", "--run-syncdb"),
        orders="webhooks_order",
        events="webhooks_receivedevent",
    ),
    Kind("node", ("node", "receiver.mjs"), needs=("node", "npm")),
    Kind(
        "php",
        # As without a php.ini: errors are shown to whoever calls.
        ("php", "-d", "display_errors=1", "-S", "127.0.0.1:{port}", "receiver.php"),
        prepare=("php", "tables.php"),
        needs=("php",),
        environ={"PHP_CLI_SERVER_WORKERS": "4"},
    ),
)


class Receiver:
    """It runs in a copy of its folder, with a database of its own."""

    def __init__(self, kind: Kind, home: Path, secret: str = SECRET) -> None:
        self.kind, self.port = kind, unused_port()
        self.folder, self.log = home / kind.name, home / "log"
        shutil.copytree(EXAMPLES / kind.name, self.folder, ignore=shutil.ignore_patterns("node_modules", "*.db"))
        if "npm" in kind.needs:
            (self.folder / "node_modules").symlink_to(NODE_MODULES)
        self.environ = {"PATH": os.environ["PATH"], "PORT": str(self.port), "WEBHOOK_SECRET": secret, **kind.environ}
        self.shop = Shop(self.folder / "shop.db", kind.orders, kind.events)
        self.tiyin = Sender(self.port)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it takes connections."""
        with self.log.open("ab") as log:
            if self.kind.prepare:
                subprocess.run(self.kind.prepare, cwd=self.folder, env=self.environ, stdout=log, stderr=log, check=True)
            command = [word.format(port=self.port) for word in self.kind.serve]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + START_SECONDS
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{self.kind.name} does not start: {self.logged()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it where it stands (SIGKILL), with the processes that it has started."""
        assert self.process is not None
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_SHOWN_CHARACTERS:]

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0
