"""Backlogs: how fast one worker sends what has waited, and what CPU each delivery costs."""

import time
from dataclasses import dataclass

from bench.endpoints import EVENTS_DUE, EndpointTable
from bench.postgres import Cluster
from bench.processes import cpu_seconds
from bench.servers import Served


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one backlog took; CPU in microseconds for each delivery."""

    endpoints: int
    deliveries: int
    per_second: float
    """From the first that was received to the last."""
    worker_us: float
    database_us: float
    wrong: str | None = None


async def measure(cluster: Cluster, table: EndpointTable, worker: Served, endpoints: int) -> Backlog:
    """Every event there is to one of so many endpoints, all due when these are enabled."""
    ids = await table.add(endpoints)
    await table.run(EVENTS_DUE, list(ids))
    await table.run("ANALYZE deliveries")
    await table.arrivals()
    wanted = (await table.run("SELECT count(*) FROM outbox"))[0][0]
    before = [cpu_seconds(pid) for pid in (worker.pid, cluster.pid)]
    await table.enable(ids)
    wrong = await table.until_none_is_due()
    used = [cpu_seconds(pid) - cpu for pid, cpu in zip((worker.pid, cluster.pid), before, strict=True)]
    arrivals = await table.arrivals()
    await table.remove(ids)
    count, different = len(arrivals), len({(path, event_id) for path, event_id, _ in arrivals})
    if not wrong and not wanted == count == different:
        wrong = f"of {wanted} events {different} were received, {count - different} of them twice"
    moments = [at for _, _, at in arrivals] or [time.time()]
    seconds = max(max(moments) - min(moments), 0.001)
    worker_us, database_us = (round(seconds_used / max(count, 1) * 1e6, 1) for seconds_used in used)
    return Backlog(endpoints, count, round(count / seconds, 1), worker_us, database_us, wrong)
