"""`tiyin sandbox payme`, as it is typed: what it prints, and how it ends."""

import asyncio
import json
import shutil
import ssl
import subprocess

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tiyin_sandbox.cli import app
from tiyin_sandbox.engine.checks import orders_needed
from tiyin_sandbox.payme.suites import PAYME
from typer.testing import CliRunner

from schema.values import to_ms
from tests.conftest import SETTINGS

KEY = SETTINGS["PAYME_KEY"]
OPENED = ("--api-token", SETTINGS["API_TOKEN"])


class Typed:
    """Somebody at a terminal of 120 columns."""

    def __init__(self, url):
        self.url = url

    async def payme(self, *words, url=None, key=KEY, keys=None):
        """The exit status, what was printed, and what was said on stderr."""
        line = ["payme", url or self.url, "--key", key, *map(str, words)]
        result = await asyncio.to_thread(CliRunner().invoke, app, line, input=keys, env={"COLUMNS": "120"})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    async def cannot(self, *words, **more):
        """The one line that says why it could not be run."""
        status, _, said = await self.payme(*words, **more)
        assert status == 2
        assert said.count("\n") == 1
        return said.strip()


@pytest.fixture
def typed(payme):
    return Typed(payme.url)


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


async def test_all_green_is_status_0(typed):
    status, told, said = await typed.payme(*OPENED)
    assert (status, said) == (0, "")
    assert "14 checks, fresh orders needed: 11 (one-time, awaiting payment of 500000 tiyin each)" in told
    assert "14 passed, 0 failed in" in told


async def test_anything_red_is_status_1_with_cause_and_fix(typed):
    status, told, _ = await typed.payme(*OPENED, "--test", "create", "--busy-code", "-31099")
    assert status == 1
    assert "✗ CreateTransaction · «Ожидает оплаты»" in told
    assert "the error -31099 is expected, not -31053" in told


async def test_one_test_is_run_alone(typed):
    _, told, _ = await typed.payme("--test", "auth")
    assert "1 check, no orders needed" in told
    assert told.splitlines()[-1].startswith("1 passed, 0 failed")


@pytest.mark.parametrize(
    "test", ["auth", "amount", "account", "check", "create", "perform", "cancel", "statement", "fiscal", "all"]
)
async def test_every_test_that_can_be_named_is_green(typed, test):
    assert (await typed.payme(*OPENED, "--test", test))[0] == 0


@pytest.mark.parametrize("test", ["envelope", "races", "hostile"])
async def test_a_strict_group_may_be_named_without_strict(typed, test):
    assert (await typed.payme(*OPENED, "--test", test))[0] == 0


async def test_accounts_may_be_named(typed, shop):
    names = [f"order-{number}" for number in range(orders_needed(PAYME.chosen(["perform", "amount"])))]
    for name in names:
        await shop.opens(name, 700_000)
    words = [word for name in names for word in ("--account", f"order_id={name}")]
    assert (await typed.payme(*words, "--amount", 700_000, "--test", "perform", "--test", "amount"))[0] == 0


async def test_a_balance_takes_one_account(typed, shop):
    await shop.opens("phone", None, kind="accumulative")
    status, told, _ = await typed.payme("--account", "order_id=phone", "--accumulative")
    assert status == 0
    assert "Счёт «Накопительный»" in told


async def test_reports_are_written(typed, tmp_path):
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    await typed.payme(*OPENED, "--test", "check", *words, "--lang", "en")
    assert json.loads(files["json"].read_text())["passed"] == 4
    assert "“Blocked” (paid)" in files["html"].read_text()
    assert 'tests="4"' in files["junit"].read_text()


async def test_a_report_that_cannot_be_written_is_said(typed, tmp_path):
    said = await typed.cannot("--test", "auth", "--json", tmp_path / "nowhere" / "report.json")
    assert said.startswith("The report cannot be written to ")


async def test_too_few_orders_are_said_before_the_first_check(typed, shop):
    await shop.opens("1001")
    said = await typed.cannot("--account", "order_id=1001")
    assert said.startswith("Fresh orders needed: 11 (one-time, awaiting payment of 500000 tiyin each); given: 1.")


async def test_a_wrong_key_is_said_once(typed):
    said = await typed.cannot(*OPENED, key="nobodys-key-of-36-characters")
    assert said.startswith("The gateway refuses the key: every row would be -32504.")


async def test_an_empty_key_is_said(typed):
    assert await typed.cannot(*OPENED, key="") == "--key is empty."


async def test_an_order_that_is_paid_is_said(typed, shop, payme, clock):
    await shop.opens("1001", 500_000)
    await payme.creates("5f3a", to_ms(clock()), "1001", 500_000)
    said = await typed.cannot("--test", "perform", "--account", "order_id=1001")
    assert said.startswith('Order {"order_id": "1001"} isn\'t payable: the gateway answers -31053')


async def test_an_order_that_is_not_there_is_said(typed):
    said = await typed.cannot("--test", "perform", "--account", "order_id=1001")
    assert 'the gateway answers -31050 "The order was not found"' in said


async def test_an_amount_in_som_is_said(typed, shop):
    await shop.opens("1001", 500_000)
    said = await typed.cannot("--test", "perform", "--account", "order_id=1001", "--amount", 5000)
    assert "--amount is in tiyin, 100 to the so'm" in said


async def test_a_wrong_api_token_is_said(typed):
    assert (await typed.cannot("--api-token", "nobodys")).startswith(
        "No order can be opened: the merchant API answered 401"
    )


async def test_an_unreachable_url_is_said(typed):
    said = await typed.cannot(*OPENED, url="http://127.0.0.1:1/payme")
    assert said == "http://127.0.0.1:1/payme cannot be reached: nothing answers at 127.0.0.1:1: connection refused."


async def test_a_server_that_speaks_no_tls_is_said(typed):
    said = await typed.cannot(*OPENED, url=typed.url.replace("http://", "https://"))
    assert "TLS fails with 127.0.0.1" in said
    assert "does it speak http only?" in said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate, and is not installed")
async def test_a_certificate_that_nobody_trusts_is_said(typed, stub, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(made.split(), check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    said = await typed.cannot("--test", "auth", url=await stub(nothing, tls))
    assert "the TLS certificate of 127.0.0.1 is not trusted" in said


async def nothing(request):
    return web.Response()


async def test_a_server_that_hangs_up_is_said(typed, stub):
    async def abort(request):
        request.transport.close()
        return web.Response()

    said = await typed.cannot("--test", "auth", url=await stub(abort))
    assert said.endswith("cannot be reached: the connection was closed without an answer.")


async def test_a_server_that_answers_html_is_said(typed, stub):
    async def html(request):
        return web.Response(text="<html>Just a moment…</html>", content_type="text/html", status=403)

    said = await typed.cannot("--test", "auth", url=await stub(html))
    assert said.endswith("answers an HTML page (HTTP status 403): no Payme callback is there.")


async def test_a_redirect_is_said(typed, stub):
    async def redirect(request):
        raise web.HTTPMovedPermanently("/payme/")

    said = await typed.cannot("--test", "auth", url=await stub(redirect))
    assert "redirects to /payme/: Payme doesn't follow." in said


async def test_another_host_is_refused_unless_it_is_named(typed):
    said = await typed.cannot(*OPENED, url="http://shop.example/payme")
    assert said.startswith("shop.example is not this machine.")
    assert said.endswith("--yes-this-host shop.example")


async def test_the_api_must_be_an_allowed_host_too(typed):
    said = await typed.cannot(*OPENED, "--api-url", "http://api.shop.example")
    assert said.startswith("api.shop.example is not this machine.")


@pytest.mark.parametrize("url", ["payme", "http://", "http://[::1", "ftp://127.0.0.1/payme"])
async def test_what_is_no_address_is_said(typed, url):
    assert (await typed.cannot(*OPENED, url=url)).startswith("This is no ")


async def test_an_account_without_a_field_is_said(typed):
    assert (await typed.cannot("--account", "1001")).startswith("--account 1001: write it as FIELD=VALUE")


async def test_an_unknown_test_is_bad_use(typed):
    status, _, said = await typed.payme("--test", "everything")
    assert status == 2
    assert "'everything' is not one of" in said


async def test_watch_runs_again_until_q(typed):
    status, told, _ = await typed.payme("--test", "auth", "--watch", keys="\nr\nq\n")
    assert status == 0
    assert told.count("1 passed, 0 failed") == 3


async def test_watch_ends_with_its_input(typed):
    _, told, _ = await typed.payme("--test", "auth", "--watch", keys="")
    assert told.count("1 passed, 0 failed") == 1


async def test_what_cannot_be_asked_of_named_orders_is_skipped_and_not_counted(typed, shop):
    await shop.opens("test-1", 500_000)
    checks = [check for check in PAYME.chosen(["cancel"], strict=True) if not check.shop_actions]
    for number in range(2, orders_needed(checks) + 1):
        await shop.opens(f"test-{number}", 500_000)
    status, told, _ = await typed.payme("--account", "order_id=test-{n}", "--test", "cancel", "--strict")
    assert (status, "1 skipped" in told) == (0, True)
    assert "Skipped: the orders cannot be asked to deliver" in told
