"""How soon a shop hears of an event: from its COMMIT, as the server noted it, to its arrival at the receiver."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bench.endpoints import EndpointTable
from bench.plan import Figures, Spread
from bench.receiver import Arrival
from bench.rounds import Window

EVENTS: Final = """
    SELECT transition_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS committed_at
    FROM outbox WHERE pg_xact_commit_timestamp(xmin) > $1
"""
"""Ids are taken in blocks: they are in no order of time."""

NOW: Final = "SELECT clock_timestamp()"

RECEIVED: Final = "received"
"""Beside the methods' times: the lags of events."""

WARM_UP_SECONDS: Final = 1.0
"""As the load's: what is committed in them is verified, but not counted."""


def with_lags(run: Callable[[], Awaitable[Figures]], table: EndpointTable) -> Window:
    """Add to a window's figures how soon its events came, and whether each came once."""

    async def window() -> Figures:
        ((began,),) = await table.run(NOW)
        await table.arrivals()
        figures = await run()
        late = await table.until_none_is_due()
        arrivals = await table.arrivals()
        committed_at = {row["transition_id"]: row["committed_at"] for row in await table.run(EVENTS, began)}
        return lags_of(figures, committed_at, arrivals, late)

    return window


def lags_of(
    figures: Figures, committed_at: Mapping[int, float], arrivals: Sequence[Arrival], late: str | None
) -> Figures:
    """The figures with the lags. `late`: what is wrong with events that are still to be sent."""
    received_at = {event_id: at for _, event_id, at in arrivals}
    wrongs = [late] if late else []
    if lost := committed_at.keys() - received_at.keys():
        wrongs.append(f"{len(lost)} events were never received")
    if twice := len(arrivals) - len(received_at):
        wrongs.append(f"{twice} events were received twice")
    begin = min(committed_at.values(), default=0.0) + WARM_UP_SECONDS
    lags = [received_at[id_] - at for id_, at in committed_at.items() if at >= begin and id_ in received_at]
    times = {**figures.times, RECEIVED: Spread.of(lags)} if lags else figures.times
    return replace(figures, times=times, wrong=figures.wrong + len(wrongs), wrongs=[*figures.wrongs, *wrongs])
