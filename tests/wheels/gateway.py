"""An installed gateway that runs, and those who call it: a shop, Payme, Click, somebody with a browser."""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from core.clock import wall_clock
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.wheels.environment import Environment

START_SECONDS: Final = 60
LOG_SHOWN_CHARACTERS: Final = 10_000
AMOUNT: Final = 500_00
"""Tiyin; Click says 500 so'm."""

EVERYTHING: Final[Mapping[str, str]] = SETTINGS | {
    "API_TOKEN_PREVIOUS": "previous-token-of-the-shop-main-0123456789abcdef",
    "API_TEST_TOKEN": "token-of-test-mode-of-the-shop-main-0123456789abcdef",
    "PAYME_SANDBOX": "1",
    "PAYME_ALLOWED_NETWORKS": "127.0.0.0/8",
    "PAYME_ALLOW_LIST": "enforce",
    "CLICK_PLAYGROUND": "1",
    "CLICK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "CLICK_ALLOW_LIST": "enforce",
    "PAYMENTS_LOG": "payments.log",
    "LOG_LEVEL": "debug",
    "AUDIT_MINUTES": "1",
}
"""With every feature of the gateway switched on; the embedded database, unless DATABASE_URL is said."""


@contextmanager
def serving(environment: Environment, *arguments: str, **environ: str) -> Iterator[str]:
    """`tiyin serve` on a port that the system chooses: its address while it runs. It must stop with status 0."""
    log = environment.elsewhere / "serve.log"
    command = [environment.program("tiyin"), "serve", "--port", "0", *arguments]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=environment.elsewhere, env=environment.environ(environ), stdout=out, stderr=out
        )
    try:
        yield _address(process, log)
        process.terminate()
        assert process.wait(START_SECONDS) == 0
    except BaseException as error:
        error.add_note(f"The gateway's log: {log.read_text()[-LOG_SHOWN_CHARACTERS:]}")
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where it says that it listens."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n") and json.loads(line)["event"] == "listening":
                return str(json.loads(line)["url"])
        time.sleep(0.05)
    raise AssertionError("the gateway does not listen")


async def pays_through_both(url: str) -> None:
    """One order paid through Payme, one through Click; the shop sees both paid."""
    async with aiohttp.ClientSession() as http:
        shop = Shop(http, url, SETTINGS["API_TOKEN"], None)  # type: ignore[arg-type]
        payme = Payme(http, f"{url}/payment/callback/payme", SETTINGS["PAYME_KEY"])
        service_id, secret = int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"]
        click = Click(http, f"{url}/payment/callback/click", service_id, secret)
        now = wall_clock()
        for account in ("by-payme", "by-click"):
            await shop.opens(account, AMOUNT)
        assert (await payme.creates("5f3a", to_ms(now), "by-payme", AMOUNT))["state"] == 1
        assert (await payme.performs("5f3a"))["state"] == 2
        await click.pays("by-click")
        for account in ("by-payme", "by-click"):
            assert (await shop.shows(account))["state"] == "paid"


async def looks_at_the_page(url: str) -> None:
    """The sandbox's page in each language, its files, and one run of a check."""
    async with aiohttp.ClientSession() as http:
        for language in ("ru", "uz", "en"):
            text = await _page(http.get(f"{url}/sandbox?lang={language}"))
            assert f'lang="{language}"' in text
            linked = set(re.findall(r'"(/[^"?]*/static/[^"]+)"', text))
            assert {name.partition("?")[0].rpartition(".")[2] for name in linked} >= {"css", "js"}
            for link in linked:
                await _page(http.get(url + link))
        form = http.post(f"{url}/sandbox/main/payme?lang=en", data={"run": "payme.1.1"}, headers={"Origin": url})
        assert "Wrong credentials" in await _page(form)


async def _page(request: Any) -> str:
    async with request as response:
        assert response.status == 200, await response.text()
        return str(await response.text())
