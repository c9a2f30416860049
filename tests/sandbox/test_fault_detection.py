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


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("fiscal_failures_refused", "Fiscal data whose status_code is not 0 are refused"),
        ("fiscal_typed", "The type is required, or compared letter for letter"),
    ],
)
async def test_a_refused_receipt_has_a_cause_of_its_own(fault: str, sentence: str) -> None:
    reports = await runs.payme(fault)
    causes = {step.cause.text for r in reports for o in r.outcomes for step in o.failed_steps if step.cause}
    assert [sentence in cause for cause in causes] == [True]


@pytest.mark.parametrize("fault", faults.CLICK)
async def test_a_click_fault_turns_its_checks_red(fault: str) -> None:
    reports = await runs.click(fault)
    assert runs.red(reports) == detections.by(detections.CLICK[fault], runs.tried(reports))


@pytest.mark.parametrize(("known", "table"), [(faults.PAYME, detections.PAYME), (faults.CLICK, detections.CLICK)])
def test_every_fault_is_caught(known: dict[str, str], table: dict[str, str]) -> None:
    assert known.keys() == table.keys()
    assert all(table.values())
