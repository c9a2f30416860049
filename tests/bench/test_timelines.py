"""The measurement of time lines finds what it was given, and looks it up by index."""

from bench import history, timelines
from bench.postgres import fresh_cluster


async def test_time_lines_are_measured():
    with fresh_cluster() as cluster:
        await cluster.create("old")
        objections = await timelines.objections(cluster, "old")
        await history.fill(cluster, "old", 100)
        await timelines.fill(cluster, "old", 100, asked_about=10)
        objections += await timelines.objections(cluster, "old")
        times = await timelines.measure(cluster, "old", 100)
    speed, by_index = timelines.judged({100: times}, objections)
    assert (speed.wanted, by_index.measured) == ("≤ 100 ms", "none")
