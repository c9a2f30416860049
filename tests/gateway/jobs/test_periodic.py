"""Periodic jobs: their times, their failures, their end; no test waits for the time to pass."""

import asyncio
import os

import pytest

from gateway.jobs.periodic import Periodic, running
from tests.log_records import logged


class Pauses:
    """Stands in for sleeping: remembers how long it should have been, and cancels the job after so many."""

    def __init__(self, at_most: int) -> None:
        self.seconds: list[float] = []
        self._at_most = at_most

    async def __call__(self, seconds: float) -> None:
        if len(self.seconds) == self._at_most:
            raise asyncio.CancelledError
        self.seconds.append(seconds)


async def until_cancelled(job: Periodic) -> None:
    with pytest.raises(asyncio.CancelledError):
        await job.run()


class Job:
    """Counts its runs; those that are named fail."""

    def __init__(self, *failing: int) -> None:
        self.runs = 0
        self._failing = failing

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs in self._failing:
            raise OSError(f"run {self.runs}")


async def test_a_job_runs_after_each_period():
    job, pauses = Job(), Pauses(3)
    await until_cancelled(Periodic(name="job", period_seconds=30, run_once=job, sleep=pauses))
    assert (job.runs, pauses.seconds) == (3, [30, 30, 30])


@pytest.mark.parametrize("first", [0, 5, 60])
async def test_the_first_run_has_a_delay_of_its_own(first):
    job, pauses = Job(), Pauses(3)
    await until_cancelled(
        Periodic(name="job", period_seconds=30, run_once=job, first_delay_seconds=first, sleep=pauses)
    )
    assert pauses.seconds == [first, 30, 30]


async def test_processes_that_start_together_begin_in_different_seconds(monkeypatch):
    pauses = Pauses(4)
    for process_id in (40, 41):
        monkeypatch.setattr(os, "getpid", lambda process_id=process_id: process_id)
        job = Periodic(name="job", period_seconds=30, run_once=Job(), spread_seconds=10, sleep=pauses)
        pauses.seconds.clear()
        await until_cancelled(job)
        assert pauses.seconds == [30 + process_id % 10, 30, 30, 30]


async def test_a_failure_is_logged_once_with_the_jobs_name_and_the_next_run_comes_at_its_time(caplog):
    job, pauses = Job(1, 3), Pauses(4)
    await until_cancelled(Periodic(name="reconciliation", period_seconds=30, run_once=job, sleep=pauses))
    assert (job.runs, pauses.seconds) == (4, [30] * 4)
    assert logged(caplog.records, "periodic job failed") == [{"job": "reconciliation"}] * 2
    assert [str(record.exc_info[1]) for record in caplog.records] == ["run 1", "run 3"]


async def test_the_end_of_the_context_stops_the_jobs_quietly(caplog):
    stopped: list[str] = []

    def job(name: str) -> Periodic:
        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(name)

        return Periodic(name=name, period_seconds=0, run_once=work)

    async with running([job("in the middle of a run"), job("the same")]):
        for _ in range(5):
            await asyncio.sleep(0)
    assert stopped == ["in the middle of a run", "the same"]
    assert caplog.records == []


async def test_a_job_that_has_never_run_is_stopped_as_well():
    job = Job()
    async with running([Periodic(name="job", period_seconds=3600, run_once=job)]):
        await asyncio.sleep(0)
    assert job.runs == 0


async def test_without_jobs_there_is_nothing_to_stop():
    async with running([]):
        pass


async def test_an_error_inside_the_context_stops_the_jobs_and_is_raised():
    job = Job()

    async def fail_beside_it() -> None:
        async with running([Periodic(name="job", period_seconds=0, run_once=job)]):
            await asyncio.sleep(0)
            raise LookupError

    with pytest.raises(LookupError):
        await fail_beside_it()
    runs = job.runs
    await asyncio.sleep(0)
    assert job.runs == runs
