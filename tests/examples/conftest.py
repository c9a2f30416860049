"""The receivers of webhooks under examples/ run as their README says, each in a process of its own.

They bring frameworks that tiyin itself has no use for, so `make test` leaves them out; `make test-receivers` is theirs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.installation import missing
from tests.examples.receiver import RECEIVERS, Receiver

MARKER = "receivers: starts the examples that receive webhooks (make test-receivers)"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only who asks for the marker gets them: they install packages from registries."""
    config.addinivalue_line("markers", MARKER)
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours:
        item.add_marker(pytest.mark.receivers)
    if ours and "receivers" not in config.option.markexpr:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session", params=RECEIVERS, ids=lambda kind: kind.name)
def receiver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """One after another: each runs until the next one's turn."""
    if why := missing(request.param.needs):
        pytest.skip(why)
    receiver = Receiver(request.param, tmp_path_factory.mktemp(request.param.name))
    receiver.start()
    yield receiver
    receiver.kill()
