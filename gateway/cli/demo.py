"""`tiyin demo` starts a gateway with generated keys and open orders, and pays them."""

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, address, schema_to_serve_on
from gateway.cli.output import echo, say
from gateway.config.settings import Settings, load
from gateway.http.url import url_of
from inbound.shop_path import MAIN
from schema.values import Provider

if TYPE_CHECKING:
    from core import Shown

demo = typer.Typer(
    help="Start a gateway with generated keys, three open orders and a test order.", invoke_without_command=True
)

ADDRESS: Final = Path("run", "demo.url")
"""The file in which a running demonstration leaves its address for `tiyin demo pay`."""


@demo.callback()
def run(context: typer.Context) -> None:
    """Start a gateway on the embedded database. Its keys are generated once and kept in TIYIN_HOME."""
    if context.invoked_subcommand is not None:
        return
    with _receiver_socket() as listener:
        status = _run(listener)
    raise typer.Exit(status)


def _run(listener: socket.socket) -> int:
    """Serve, and receive there what is sent. Returns the exit status."""
    from gateway.cli.start_notice import demo_notice
    from gateway.demo.keys import demo_settings
    from gateway.demo.welcome import print_welcome
    from gateway.server.serve import run as serve

    webhook_url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    chosen = demo_settings(load(shops_required=False), webhook_url)
    port = _free_port(chosen.host, chosen.port)
    url = _url(chosen.host, port)
    if notice := demo_notice(chosen, chosen.host):
        say(notice)
    with address(chosen, may_create=True) as database_url:
        schema = schema_to_serve_on(chosen, database_url)
        if schema.is_newer:
            say(schema.newer_release)
        orders = asyncio.run(_open_orders(chosen, database_url))

        def announce() -> None:
            (chosen.tiyin_home / ADDRESS).write_text(url)
            print_welcome(chosen, url, orders)
            receivers.append(asyncio.get_running_loop().create_task(_receive(chosen, listener)))

        receivers: list[asyncio.Task[None]] = []
        return serve(chosen, database_url, chosen.host, port, 1, announce, schema)


@demo.command()
def pay(
    provider: Annotated[Provider, typer.Argument(help="The provider.")],
    account: Annotated[str, typer.Argument(help="The order's account, such as demo-1.")],
    test: Annotated[
        bool, typer.Option("--test", help="Pay the test order of this account, with the test keys.")
    ] = False,
) -> None:
    """Pay an order of the running demonstration as the provider would. Prints each call and its answer."""
    from gateway.demo.keys import demo_settings
    from gateway.demo.provider_calls import NotPaid
    from gateway.demo.provider_calls import pay as pay_order

    chosen = load(shops_required=False)
    try:
        url = (chosen.tiyin_home / ADDRESS).read_text()
    except OSError:
        raise Failure(f"No demonstration has run under {chosen.tiyin_home}: start it with `tiyin demo`.") from None
    try:
        asyncio.run(pay_order(demo_settings(chosen), url, provider, account, test=test))
    except NotPaid as error:
        raise Failure(str(error)) from None
    echo(f"Order {account} is paid.")


def _receiver_socket() -> socket.socket:
    """Find a place on this machine for the demonstration's own receiver of webhooks."""
    return socket.create_server(("127.0.0.1", 0))


async def _receive(chosen: Settings, listener: socket.socket) -> None:
    """Print each event as it arrives."""
    from aiohttp import web

    from gateway.cli.webhook_listener import receiver, verifier

    secret = chosen.shops[MAIN].webhooks["demo"].secret
    assert secret is not None
    verify = verifier(secret.get_secret_value())
    runner = web.AppRunner(receiver(verify, say=lambda line: echo(f"webhook  {line}")), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _free_port(host: str, port: int) -> int:
    """Find the port before any order is opened: a demonstration that cannot listen should leave nothing behind."""
    from gateway.server.serve import listen

    try:
        with listen(host, port) as listener:
            free: int = listener.getsockname()[1]
            return free
    except OSError as error:
        reason = error.strerror or error
        raise Failure(
            f"Port {port} on {host} is not free ({reason}): stop what listens there, or choose another with PORT."
        ) from None


def _url(host: str, port: int) -> str:
    """Give the URL at which this machine reaches it."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return url_of(near, port)


async def _open_orders(chosen: Settings, database_url: str) -> "list[Shown]":
    from gateway.app import open_core
    from gateway.demo.orders import open_orders

    async with open_core(chosen, database_url) as core:
        return await open_orders(core)
