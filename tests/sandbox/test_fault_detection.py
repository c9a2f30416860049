"""The suites are believed because each fault of a deliberately wrong gateway turns exactly its own checks red."""

import pytest

from tests.sandbox.wrong import detections, faults, runs


async def test_a_right_gateway_passes_every_payme_check() -> None:
    reports = await runs.payme(None)
    assert (runs.red(reports), runs.skipped(reports)) == (set(), set())


async def test_a_right_gateway_passes_every_click_check() -> None:
    reports = await runs.click(None)
    assert (runs.red(reports), runs.skipped(reports)) == (set(), set())


@pytest.mark.parametrize("fault", faults.PAYME)
async def test_a_payme_fault_turns_its_checks_red(fault: str) -> None:
    reports = await runs.payme(fault)
    assert runs.red(reports) == detections.by(detections.PAYME[fault], runs.tried(reports))


@pytest.mark.parametrize("fault", faults.CLICK)
async def test_a_click_fault_turns_its_checks_red(fault: str) -> None:
    reports = await runs.click(fault)
    assert runs.red(reports) == detections.by(detections.CLICK[fault], runs.tried(reports))


@pytest.mark.parametrize(("known", "table"), [(faults.PAYME, detections.PAYME), (faults.CLICK, detections.CLICK)])
def test_every_fault_is_caught(known: dict[str, str], table: dict[str, str]) -> None:
    assert known.keys() == table.keys()
    assert all(table.values())
