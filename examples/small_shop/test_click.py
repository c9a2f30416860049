"""The shop beside this file, held against Click's own test tools and the strict rows: each check is a test."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiyin_sandbox.pytest_plugin import Click, click_checks


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The shop's address while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, Path(__file__).with_name("shop.py"), str(port)]) as running:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
        running.terminate()


@click_checks(strict=True)
def click(shop: str) -> Click:
    return Click(f"{shop}/click", 54321, "Kx7-demo-SECRET", order=lambda: make_order(shop), amount="500")


def make_order(shop: str) -> str:
    """A fresh, unpaid order of 500 so'm; its account, which Click sends as merchant_trans_id."""
    request = urllib.request.Request(f"{shop}/orders", json.dumps({"amount": "500"}).encode())
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the shop does not start")
