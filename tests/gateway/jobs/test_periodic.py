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


async def test_a_failure_of_the_database_is_logged_in_words_and_the_next_run_comes_soon(caplog):
    job, pauses = Job(1, 2, 3, 4, 6), Pauses(7)
    await until_cancelled(Periodic(name="cleanup", period_seconds=3600, run_once=job, sleep=pauses))
    assert pauses.seconds == [3600, 60, 120, 240, 300, 3600, 60]
    lines = logged(caplog.records, "periodic job failed")
    assert lines[0] == {"job": "cleanup", "reason": "run 1", "retry_seconds": 60}
    assert [line["retry_seconds"] for line in lines] == [60, 120, 240, 300, 60]
    assert {record.exc_info for record in caplog.records} == {None}


async def test_a_job_that_comes_more_often_comes_at_its_time_after_a_failure(caplog):
    job, pauses = Job(1, 3), Pauses(4)
    await until_cancelled(Periodic(name="sweep", period_seconds=30, run_once=job, sleep=pauses))
    assert (job.runs, pauses.seconds) == (4, [30] * 4)


async def test_a_bug_is_logged_with_its_traceback(caplog):
    async def bug() -> None:
        raise KeyError("ours")

    await until_cancelled(Periodic(name="sweep", period_seconds=30, run_once=bug, sleep=Pauses(1)))
    assert [line["reason"] for line in logged(caplog.records, "periodic job failed")] == ["a bug"]
    assert isinstance(caplog.records[0].exc_info[1], KeyError)


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
