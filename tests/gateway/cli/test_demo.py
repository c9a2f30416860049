"""The demonstration: up from nothing, and what it prints pays its orders when it is pasted."""

import json
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from gateway.database import embedded
from tests.bare_environment import bare_environment
from tests.long_timeouts import WAIT_SECONDS
from tests.ports import unused_port

DEMO = [sys.executable, "-m", "gateway.cli", "demo"]


@contextmanager
def demonstration(home: Path) -> Iterator[list[str]]:
    """What it has printed once it listens. It runs in a directory with nobody's settings in it."""
    names = {"TIYIN_HOME": str(home), "PORT": str(unused_port()), "DRAIN_SECONDS": "1"}
    environ = bare_environment() | names
    with subprocess.Popen(DEMO, cwd=home.parent, env=environ, stdout=subprocess.PIPE, text=True) as process:
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if "/api/v1/orders/" in line:
                break
        reader = Thread(target=read, args=(process.stdout, lines))
        reader.start()
        try:
            yield lines
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            reader.join()
            assert process.returncode == 0
            assert not embedded.running(home)


def read(stdout: IO[str], lines: list[str]) -> None:
    for line in stdout:
        lines.append(line.strip())


def pasted(command: str) -> subprocess.CompletedProcess[str]:
    """Typed in another terminal: another directory, another environment."""
    return subprocess.run(
        command, shell=True, cwd="/", env=bare_environment(), capture_output=True, text=True, timeout=60
    )


def test_what_it_prints_pays_the_orders(fresh_home: Path) -> None:
    with demonstration(fresh_home) as lines:
        through_payme, through_click, of_test_mode = (line for line in lines if " demo pay " in line)
        for command in (through_payme, through_click, of_test_mode):
            done = pasted(command)
            assert (done.returncode, done.stderr) == (0, "")
            account = command.removesuffix(" --test").split()[-1]
            assert done.stdout.splitlines()[-1] == f"Order {account} is paid."
        for account, test in (("test-1", ""), ("demo-3", " --test")):
            unknown = pasted(f"{through_payme.replace('demo-1', account)}{test}")
            assert unknown.stderr == f"There is no order '{account}': HTTP 404.\n"
        again = pasted(through_payme)
        assert (again.returncode, again.stderr) == (1, "CheckPerformTransaction was refused with -31051.\n")
        if shutil.which("curl"):
            *calls, look = (line for line in lines if line.startswith("curl"))
            assert all("result" in json.loads(pasted(call).stdout) for call in calls)
            assert json.loads(pasted(look).stdout)["state"] == "paid"


def test_it_prints_the_webhooks_of_what_is_paid(fresh_home: Path) -> None:
    with demonstration(fresh_home) as lines:
        assert pasted(next(line for line in lines if " demo pay " in line)).returncode == 0
        until = time.monotonic() + WAIT_SECONDS
        while len(events := [line for line in lines if line.startswith("webhook ")]) < 2 and time.monotonic() < until:
            time.sleep(0.05)
    assert [line.split()[1] for line in events] == ["payment.created", "payment.paid"]
    assert all(line.endswith(": verified, answered 204.") for line in events)


def test_a_second_run_keeps_the_keys_and_opens_three_more(fresh_home: Path) -> None:
    with demonstration(fresh_home) as first:
        pass
    with demonstration(fresh_home) as second:
        pass
    assert keys(first) == keys(second)
    assert accounts(first) == ["demo-1", "demo-2", "demo-3", "test-1"]
    assert accounts(second) == ["demo-4", "demo-5", "demo-6", "test-2"]
    assert stat.S_IMODE((fresh_home / "demo.env").stat().st_mode) == 0o600


def test_a_taken_port_is_a_sentence_and_opens_nothing(fresh_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        environ = bare_environment() | {"TIYIN_HOME": str(fresh_home), "PORT": str(other.getsockname()[1])}
        done = subprocess.run(DEMO, cwd=fresh_home.parent, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"Port \d+ on 127\.0\.0\.1 is not free .*choose another with PORT\.\n", done.stderr)
    assert not (fresh_home / "postgres").exists()


def keys(lines: list[str]) -> list[str]:
    return [line.split("  ")[-1] for line in lines if re.match(r"(Payme|Click|the shop)  ", line)]


def accounts(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines if re.match(r"(demo|test)-\d+  payme", line)]
