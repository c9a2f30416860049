"""What is installed with hashes is what constraints.txt names, and all that setup.cfg asks for."""

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.advisories import locked
from tools.lock import FILES

ROOT = Path(__file__).parents[2]
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in FILES}


def constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in lines}


def asked_for(extras):
    """What setup.cfg asks for with these extras, those that they name included."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [parser["options"]["install_requires"], *(parser["options.extras_require"][extra] for extra in extras)]
    requirements = [Requirement(line) for text in texts for line in text.splitlines() if line.strip()]
    further = {extra for requirement in requirements if requirement.name == "tiyin" for extra in requirement.extras}
    names = {canonicalize_name(requirement.name) for requirement in requirements} - {"tiyin", "tiyin-sandbox"}
    return names | (asked_for(further) if further else set())


@pytest.mark.parametrize("name", LOCKS)
def test_its_versions_are_those_of_the_constraints(name):
    versions = dict(locked(LOCKS[name]))
    assert versions == {package: constraints().get(package) for package in versions}, "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_it_has_all_that_is_asked_for(name):
    assert asked_for(FILES[name]) <= dict(locked(LOCKS[name])).keys(), "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_has_hashes_and_no_other_source(name):
    packages = re.split(r"\n(?=\S)", LOCKS[name].read_text(encoding="utf-8").strip())[1:]
    pinned = re.compile(r"[\w.-]+==[^ ]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert packages
    assert [package for package in packages if not pinned.fullmatch(package)] == []
