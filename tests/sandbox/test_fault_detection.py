"""The suites are believed because each fault of a deliberately wrong gateway turns exactly its own checks red."""

import pytest

from tests.sandbox.wrong import caught, faults, runs


async def test_a_right_gateway_passes_every_payme_check() -> None:
    reports = await runs.payme(None)
    assert (runs.red(reports), runs.skipped(reports)) == (set(), set())


async def test_a_right_gateway_passes_every_click_check() -> None:
    reports = await runs.click(None)
    assert (runs.red(reports), runs.skipped(reports)) == (set(), set())


@pytest.mark.parametrize("fault", faults.PAYME)
async def test_a_payme_fault_turns_its_checks_red(fault: str) -> None:
    reports = await runs.payme(fault)
    assert runs.red(reports) == caught.by(caught.PAYME[fault], runs.tried(reports))


@pytest.mark.parametrize("fault", faults.CLICK)
async def test_a_click_fault_turns_its_checks_red(fault: str) -> None:
    reports = await runs.click(fault)
    assert runs.red(reports) == caught.by(caught.CLICK[fault], runs.tried(reports))


@pytest.mark.parametrize(("known", "table"), [(faults.PAYME, caught.PAYME), (faults.CLICK, caught.CLICK)])
def test_every_fault_is_caught(known: dict[str, str], table: dict[str, str]) -> None:
    assert known.keys() == table.keys()
    assert all(table.values())
