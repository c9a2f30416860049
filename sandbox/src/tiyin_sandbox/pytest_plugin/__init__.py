"""The plugin for pytest makes every check of the sandbox a test of its own, of a gateway in any language.

    from tiyin_sandbox.pytest_plugin import Payme, payme_checks

    payme = payme_checks(Payme(url="http://127.0.0.1:8000/payme", key="…", order=make_order))

Where the server is started by a fixture, a function that takes it says the same:

    @payme_checks(strict=True)
    def payme(live_server):
        return Payme(url=f"{live_server.url}/payme/", key="…", order=make_order)
"""

from typing import Any

import pytest

from tiyin_sandbox.pytest_plugin.checks import Checks, click_checks, payme_checks
from tiyin_sandbox.pytest_plugin.gateways import Click, Payme, TiyinOrders
from tiyin_sandbox.pytest_plugin.items import CheckCollector

__all__ = ["Click", "Payme", "TiyinOrders", "click_checks", "payme_checks"]


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: Any) -> pytest.Collector | None:
    """Collect checks whatever their name is in the test file."""
    if isinstance(obj, Checks):
        return CheckCollector.of(collector, name, obj)
    return None
