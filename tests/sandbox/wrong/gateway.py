"""A small gateway without a database, right by default: each fault makes one thing of it wrong."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.sandbox.wrong.click import Click
from tests.sandbox.wrong.faults import CLICK, PAYME
from tests.sandbox.wrong.payme import Payme
from tests.sandbox.wrong.store import Store

KEY: Final = "t7&G3#?w:TLo%bC@aB4^dkQvMVgiMCBU9D4a"
SECRET: Final = "Kx7-demo-SECRET"
SERVICE_ID: Final = 54321
EIGHT_MIB: Final = 8 * 1024 * 1024


class WrongGateway:
    """`/payme`; `/click`, `/click/prepare` and `/click/complete`."""

    def __init__(self, fault: str | None = None) -> None:
        """fault: one of Payme's or Click's; without one, everything is right."""
        assert fault is None or fault in PAYME or fault in CLICK, fault
        self.fault = fault
        self.store = Store()
        self.server = TestServer(self._app())

    def opens(self, *accounts: str, amount: int, one_time: bool = True) -> None:
        """The shop's side: orders to be paid."""
        for account in accounts:
            self.store.open_order(account, amount, one_time=one_time)

    def url(self, path: str) -> URL:
        return self.server.make_url(path)

    def _app(self) -> web.Application:
        payme = Payme(self.store, KEY, self._is(PAYME))
        click = Click(self.store, SERVICE_ID, SECRET, self._is(CLICK))
        app = web.Application(client_max_size=EIGHT_MIB)
        for slash in ("", "/"):
            app.router.add_route("*", f"/payme{slash}", payme.handle)
            for stage in ("", "/prepare", "/complete"):
                app.router.add_route("*", f"/click{stage}{slash}", click.handle)
        return app

    def _is(self, faults: Mapping[str, str]) -> "Wrong":
        return Wrong(self.fault, faults)


class Wrong:
    """Whether this is the fault. Only those that have an entry may be asked for."""

    def __init__(self, fault: str | None, faults: Mapping[str, str]) -> None:
        self.fault, self.faults = fault, faults

    def __call__(self, name: str) -> bool:
        assert name in self.faults
        return self.fault == name


@asynccontextmanager
async def wrong_gateway(fault: str | None = None) -> AsyncIterator[WrongGateway]:
    gateway = WrongGateway(fault)
    await gateway.server.start_server(access_log=None)  # lines that nobody reads took a fifth of its time
    try:
        yield gateway
    finally:
        await gateway.server.close()
