"""Environments with the wheels in them, made once for all tests."""

import os
from collections.abc import Iterator

import pytest

from tests.open_folder import open_folder
from tests.wheels.environment import Environment, Wheels

here = os.path.dirname(__file__)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.wheels)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    return Wheels(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def whole(wheels: Wheels) -> Iterator[Environment]:
    """Both projects with all that they can use, where PostgreSQL's user can reach its programs."""
    with open_folder("tiyin-whole-") as folder:
        environment = Environment(folder / "venv")
        environment.install_locked(wheels["tiyin"], wheels["tiyin_sandbox"])
        yield environment


@pytest.fixture(scope="session")
def bare(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """tiyin without any extra."""
    environment = Environment(tmp_path_factory.mktemp("bare") / "venv")
    environment.install(str(wheels["tiyin"]))
    return environment
