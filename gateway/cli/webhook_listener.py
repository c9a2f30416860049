"""`tiyin webhook listen` receives events on the developer's machine, verifies them, and prints a line for each."""

import asyncio
import errno
import secrets
import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from gateway.cli.common import Failure
from gateway.cli.order_options import ShopName, TestMode
from gateway.cli.output import echo, say
from gateway.cli.webhook_options import endpoint_of, known, with_webhooks

if TYPE_CHECKING:
    from aiohttp import web

HOST: Final = "127.0.0.1"
PORT: Final = 8090
TOLERANCE_SECONDS: Final = 300
"""By which the time of a request may differ from ours, as Standard Webhooks has it."""

Verify = Callable[[bytes, Mapping[str, str]], str | None]
"""Says in words what is wrong with a request; None: its signature is good."""

WRONG_SIGNATURE: Final = "Its signature is not made by this secret, or the body was changed on its way."
NOT_VERIFIED: Final = "Signatures are not verified: give --secret, or --endpoint for one of this gateway's."


def listen(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of this machine; nobody else reaches it.")] = PORT,
    secret: Annotated[str | None, typer.Option("--secret", help="The endpoint's secret, whsec_….")] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", help="Verify by the secret of this endpoint of the gateway's.")
    ] = None,
    fail: Annotated[int, typer.Option("--fail", min=0, help="Answer 500 to so many at first, to see retries.")] = 0,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Receive events on this machine and print them, until Ctrl-C. Needs WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8."""
    if secret is None and endpoint is not None:
        chosen, ref = endpoint_of(endpoint, shop, test=test)

        async def secret_of(webhooks: Any) -> str:
            text: str = webhooks.secrets.text_of(await known(webhooks, chosen, ref))
            return text

        secret = with_webhooks(chosen, secret_of)
    verify = None if secret is None else verifier(secret)
    if verify is None:
        say(NOT_VERIFIED)
    asyncio.run(_listen(port, receiver(verify, fail), is_new=secret is None))


def receiver(verify: Verify | None, fail: int = 0, say: Callable[[str], None] = echo) -> "web.Application":
    """Make the application that receives: 204 for what is good, 401 for a bad signature, 500 for the first `fail`."""
    from aiohttp import web

    left = fail

    async def receive(request: web.Request) -> web.Response:
        nonlocal left
        body = await request.read()
        problem = None if verify is None else verify(body, request.headers)
        if problem is not None:
            say(f"{_what(body, request.headers)}: {problem} Answered 401.")
            return web.Response(status=401, text=problem)
        if left > 0:
            left -= 1
            say(f"{_what(body, request.headers)}: answered 500, as --fail says.")
            return web.Response(status=500)
        say(f"{_what(body, request.headers)}: {'not verified' if verify is None else 'verified'}, answered 204.")
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/{path:.*}", receive)
    return app


def verifier(secret: str) -> Verify:
    """Make what verifies: the library of Standard Webhooks where it is installed, or else the same by our own code."""
    from outbound.webhooks.secrets import from_text

    try:
        key = from_text(secret)
    except ValueError as error:
        raise Failure(str(error)) from None
    try:
        from standardwebhooks import Webhook
    except ImportError:
        return lambda body, headers: own_verdict(key, body, headers)
    library = Webhook(secret)

    def verdict(body: bytes, headers: Mapping[str, str]) -> str | None:
        try:
            library.verify(body.decode(), {name.lower(): value for name, value in headers.items()})
        except Exception as error:  # a ValueError where the signature has no comma
            return own_verdict(key, body, headers) or f"The signature cannot be verified: {error}."
        return None

    return verdict


def own_verdict(key: bytes, body: bytes, headers: Mapping[str, str]) -> str | None:
    """Say in a sentence what is wrong with the signature; None: nothing."""
    from core import wall_clock
    from outbound.webhooks.signature import signature_header

    found = {name.lower(): value for name, value in headers.items()}
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    missing = [name for name in names if not found.get(name)]
    if missing:
        return f"It is not signed: the header {missing[0]} is missing."
    webhook_id, moment, signatures = (found[name] for name in names)
    if not (webhook_id + signatures).isascii():
        return WRONG_SIGNATURE
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12):
        return "Its webhook-timestamp is no time."
    if abs(wall_clock().timestamp() - int(moment)) > TOLERANCE_SECONDS:
        return "Its webhook-timestamp is more than five minutes away: an old request, or one of the clocks is wrong."
    wanted = signature_header([key], webhook_id, int(moment), body).encode()
    fitting = [secrets.compare_digest(wanted, given.encode()) for given in signatures.split(" ")]
    return None if any(fitting) else WRONG_SIGNATURE


async def _listen(port: int, app: "web.Application", *, is_new: bool) -> None:
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Failure(f"Something else listens at {HOST}:{port}: give another port by --port.") from None
        register = f" Register it: tiyin webhook add dev http://{HOST}:{port}/" if is_new else ""
        echo(f"Listening at http://{HOST}:{port}/.{register}")
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()


def _what(body: bytes, headers: Mapping[str, str]) -> str:
    """Name the event in a line, whatever has come."""
    try:
        event = orjson.loads(body)
        data = event["data"]
        order, payment = data.get("order") or {}, data.get("payment") or {}
        parts = [event["type"], event["id"]]
        if order:
            parts.append(f"order {order['account']} {order['state']}")
        if payment:
            parts.append(f"payment {payment['id']} of {payment['amount']} tiyin {payment['state']}")
        return "  ".join(str(part) for part in parts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{headers.get('webhook-id', 'A request')} of {len(body)} bytes that is no event"
