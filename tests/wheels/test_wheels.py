"""What is installed is what is tested: the wheels, away from the checkout, serve and pay with every feature on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.extras import EMBEDDED_MISSING, SANDBOX_MISSING
from tests.conftest import SETTINGS
from tests.gateway.throttle.test_counters import PROGRAM as REDIS
from tests.gateway.throttle.test_counters import redis
from tests.open_folder import open_folder
from tests.ports import unused_port
from tests.wheels.environment import PROJECTS, ROOT, files_of_git
from tests.wheels.gateway import EVERYTHING, looks_at_the_page, pays_through_both, serving

PACKAGES = {
    "tiyin": ("click_http", "core", "gateway", "inbound", "merchant_api", "outbound", "payme_rpc", "schema"),
    "tiyin_sandbox": ("sandbox/src/tiyin_sandbox",),
}


@pytest.fixture
def home() -> Iterator[str]:
    """Short: a socket's path is limited."""
    with open_folder() as place:
        yield str(place)


@pytest.fixture
def redis_url(tmp_path) -> Iterator[str]:
    """A Redis where there is one on PATH; otherwise each process counts on its own."""
    if REDIS is None:
        yield "memory://"
        return
    port = unused_port()
    with redis(port, tmp_path):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
async def own_database(postgres, request):
    """The address of an empty database on the tests' PostgreSQL, as an operator writes it."""
    name = f"wheels_{abs(hash(request.node.name))}"
    engine = create_async_engine(postgres, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.replace("postgresql+asyncpg:", "postgresql:").replace("/postgres?", f"/{name}?")
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.mark.parametrize("name", PROJECTS)
def test_every_file_of_a_package_is_in_its_wheel(wheels, name):
    inside = ROOT / "sandbox/src" if name == "tiyin_sandbox" else ROOT
    files = [file for file in files_of_git(*PACKAGES[name]) if not file.endswith(".md")]  # notes for developers
    missing = {(ROOT / file).relative_to(inside).as_posix() for file in files} - wheels.files(name)
    assert missing == set()


def test_nothing_else_is_in_the_sandboxs_wheel(wheels):
    tops = {file.partition("/")[0] for file in wheels.files("tiyin_sandbox")}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tiyin_sandbox"}


@pytest.mark.parametrize("name", PROJECTS)
def test_each_wheel_brings_its_licence(wheels, name):
    assert [file for file in wheels.files(name) if file.endswith("/LICENSE")]


async def test_all_features_at_once_on_the_embedded_database(whole, home, redis_url):
    names = EVERYTHING | {"TIYIN_HOME": home, "RATE_LIMIT_STORE": redis_url}
    said = f"The schema of the embedded database under {home} is up to date.\n"
    assert whole.runs("tiyin", "migrate", "--embedded", **names).stdout == said
    with serving(whole, "--workers", "2", **names) as url:
        await pays_through_both(url)
        await looks_at_the_page(url)
        passes_both_suites(whole, url)
    assert whole.runs("tiyin", "audit", **names).returncode == 0


async def test_all_features_at_once_on_a_database_of_ones_own(whole, home, own_database, redis_url):
    names = EVERYTHING | {"TIYIN_HOME": home, "DATABASE_URL": own_database, "RATE_LIMIT_STORE": redis_url}
    assert whole.runs("tiyin", "migrate", **names).stdout.startswith("The schema of the database at postgresql://")
    with serving(whole, **names) as url:
        await pays_through_both(url)
        await looks_at_the_page(url)
        passes_both_suites(whole, url)
    assert whole.runs("tiyin", "audit", **names).returncode == 0


async def test_without_extras_it_pays_on_a_database_of_ones_own(bare, home, own_database):
    names = SETTINGS | {"TIYIN_HOME": home, "DATABASE_URL": own_database, "PAYME_SANDBOX": "1"}
    assert bare.runs("tiyin", "migrate", **names).stdout.startswith("The schema of the database at postgresql://")
    with serving(bare, **names) as url:
        await pays_through_both(url)
    warned = (bare.elsewhere / "serve.log").read_text().splitlines()
    assert f"PAYME_SANDBOX=1, but there is no page at /sandbox: {SANDBOX_MISSING}." in warned
    assert bare.runs("tiyin", "audit", **names).returncode == 0


@pytest.mark.parametrize("command", ["migrate", "serve", "demo", "audit", "order list", "db status"])
def test_without_extras_a_sentence_says_what_is_missed(bare, home, command):
    done = bare.runs("tiyin", *command.split(), **SETTINGS, TIYIN_HOME=home)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, EMBEDDED_MISSING)


def test_without_the_sandbox_its_command_says_what_to_install(bare):
    done = bare.runs("tiyin", "sandbox", "payme", "http://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (1, f"{SANDBOX_MISSING}.\n")


def passes_both_suites(environment, url):
    """The one by `tiyin sandbox` in test mode, the other by `tiyin-sandbox` with the only service that there is."""
    token, trials = (("--api-token", EVERYTHING[name]) for name in ("API_TOKEN", "API_TEST_TOKEN"))
    payme = (f"{url}/payment/callback/payme", "--key", SETTINGS["PAYME_TEST_KEY"], "--strict", "--html", "payme.html")
    click = (f"{url}/payment/callback/click", "--service-id", SETTINGS["CLICK_SERVICE_ID"])
    done = [
        environment.runs("tiyin", "sandbox", "payme", *payme, *trials),
        environment.runs("tiyin-sandbox", "click", *click, "--secret", SETTINGS["CLICK_SECRET_KEY"], *token),
    ]
    for run in done:
        assert run.returncode == 0, run.stdout + run.stderr
