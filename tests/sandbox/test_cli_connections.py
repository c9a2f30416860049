"""What stands in the way of the first call is reported in one line: no server, no TLS, no answer that could be read."""

import shutil
import ssl
import subprocess

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.command_line import OPENED


@pytest.fixture
async def stub():
    """Makes servers that answer every call alike."""
    servers = []

    async def serve(handler, tls=None):
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", handler)
        servers.append(TestServer(application, scheme="https" if tls else "http"))
        await servers[-1].start_server(ssl=tls)
        return str(servers[-1].make_url("/payme"))

    yield serve
    for server in servers:
        await server.close()


async def test_an_unreachable_url_is_reported(command_line):
    message = await command_line.cannot(*OPENED, url="http://127.0.0.1:1/payme")
    assert message == "http://127.0.0.1:1/payme cannot be reached: nothing answers at 127.0.0.1:1: connection refused."


async def test_a_server_that_speaks_no_tls_is_reported(command_line):
    message = await command_line.cannot(*OPENED, url=command_line.url.replace("http://", "https://"))
    assert "TLS fails with 127.0.0.1" in message
    assert "does it speak http only?" in message


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate, and is not installed")
async def test_a_certificate_that_nobody_trusts_is_reported(command_line, stub, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(made.split(), check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    message = await command_line.cannot("--test", "auth", url=await stub(nothing, tls))
    assert "the TLS certificate of 127.0.0.1 is not trusted" in message


async def nothing(request):
    return web.Response()


async def test_a_server_that_hangs_up_is_reported(command_line, stub):
    async def abort(request):
        request.transport.close()
        return web.Response()

    message = await command_line.cannot("--test", "auth", url=await stub(abort))
    assert message.endswith("cannot be reached: the connection was closed without an answer.")


async def test_a_server_that_answers_html_is_reported(command_line, stub):
    async def html(request):
        return web.Response(text="<html>Just a moment…</html>", content_type="text/html", status=403)

    message = await command_line.cannot("--test", "auth", url=await stub(html))
    assert message.endswith("answers an HTML page (HTTP status 403): no Payme callback is there.")


async def test_a_redirect_is_reported(command_line, stub):
    async def redirect(request):
        raise web.HTTPMovedPermanently("/payme/")

    message = await command_line.cannot("--test", "auth", url=await stub(redirect))
    assert "redirects to /payme/: Payme doesn't follow." in message
