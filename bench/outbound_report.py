"""The report on events: its goals, and tables of what is measured beside the windows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Final

from rich.table import Table

from bench.backlog import Backlog
from bench.claims import ClaimTimes
from bench.event_lag import RECEIVED
from bench.goals import Goal, at_least, at_most
from bench.plan import Spread
from bench.rounds import Measured, lives_per_second, middle_times, ratio
from bench.save_time import SaveTimes
from bench.senders import EMBEDDED, NO_ENDPOINT, WORKER, WORKER_ELSEWHERE
from bench.tables import console
from bench.tarpits import TarpitTimes

PAYERS: Final = 16
EVENTS_PER_SECOND: Final = 50.0
BACKLOG_ENDPOINTS: Final = (1, 20)

DELIVERIES_PER_SECOND: Final = 1_000.0
DELIVERY_US: Final = 300.0
LAG_P50_MS: Final = 20.0
LAG_P99_MS: Final = 250.0
LAG_AT_FULL_SPEED_MS: Final = 50.0
CLAIM_MS: Final = 5.0
KEPT_WITH_ENDPOINT: Final = {EMBEDDED: 0.8, WORKER_ELSEWHERE: 0.95}
"""Of the lives per second without one, by who sends."""
SAVE_US: Final = 25.0
IDLE_PERCENT: Final = 0.5
TARPIT_GROWTH_MIB: Final = 16.0


@dataclass(frozen=True, slots=True)
class Beside:
    """What was measured beside the windows."""

    backlogs: Mapping[int, Sequence[Backlog]]
    """By the number of endpoints, one for each round."""
    idle_percent: float
    """Of a core, that a worker takes while there is nothing to send."""
    claims: ClaimTimes
    save: SaveTimes
    tarpits: TarpitTimes

    def as_json(self) -> Mapping[str, object]:
        """Keys of JSON are texts."""
        return {**asdict(self), "backlogs": {str(endpoints): ones for endpoints, ones in self.backlogs.items()}}


def at_full_speed(sender: str) -> str:
    return f"{sender}, {PAYERS}"


def at_steady_rate(sender: str) -> str:
    return f"{sender}, {EVENTS_PER_SECOND:g} events/s"


def judged(measured: Measured, beside: Beside) -> list[Goal]:
    goals = []
    for endpoints, ones in beside.backlogs.items():
        what = f"a worker's backlog of {ones[0].deliveries:,}, endpoints: {endpoints}"
        per_second, cpu = median(one.per_second for one in ones), median(one.worker_us for one in ones)
        goals += [
            at_least(f"{what}: deliveries/s", per_second, DELIVERIES_PER_SECOND, "/s"),
            at_most(f"{what}: its CPU for each", cpu, DELIVERY_US, "µs"),
        ]
    for sender in (EMBEDDED, WORKER):
        steady = _lags(measured, at_steady_rate(sender))
        goals += [
            at_most(f"COMMIT to received, {at_steady_rate(sender)}: p50", steady.p50, LAG_P50_MS, "ms"),
            at_most(f"COMMIT to received, {at_steady_rate(sender)}: p99", steady.p99, LAG_P99_MS, "ms"),
        ]
    for sender in (EMBEDDED, WORKER, WORKER_ELSEWHERE):
        full = _lags(measured, at_full_speed(sender))
        goals.append(
            at_most(f"COMMIT to received, {sender}, {PAYERS} payers: p50", full.p50, LAG_AT_FULL_SPEED_MS, "ms")
        )
    for sender, kept in KEPT_WITH_ENDPOINT.items():
        lives = ratio(measured[at_full_speed(sender)], measured[at_full_speed(NO_ENDPOINT)], lives_per_second)
        goals.append(at_least(f"lives/s with an endpoint, {sender}, of those without", lives, kept))
    claims = beside.claims
    return [
        *goals,
        at_most(
            f"a claim with {claims.delivered:,} delivered, {claims.due:,} due: p50", claims.claim.p50, CLAIM_MS, "ms"
        ),
        at_most("an endpoint adds to the save of a transition", beside.save.added, SAVE_US, "µs"),
        at_most("an idle worker, of a core", beside.idle_percent, IDLE_PERCENT, "%"),
        at_most("COMMIT to received beside four tarpits: p50", beside.tarpits.beside.p50, LAG_P50_MS, "ms"),
        at_most("COMMIT to received beside four tarpits: p99", beside.tarpits.beside.p99, LAG_P99_MS, "ms"),
        at_most("four tarpits: memory that the worker adds", beside.tarpits.growth_mib, TARPIT_GROWTH_MIB, "MiB"),
    ]


def _lags(measured: Measured, name: str) -> Spread:
    spread = middle_times(measured[name], RECEIVED)
    if spread is None:
        raise SystemExit(f"{name}: no event was received in any window.")
    return spread


def show(beside: Beside) -> None:
    table = Table("endpoints", title="A worker's backlog, medians")
    for column in ("deliveries", "deliveries/s", "worker µs each", "database µs each"):
        table.add_column(column, justify="right")
    for endpoints, ones in beside.backlogs.items():
        figures = (median(of) for of in zip(*((o.per_second, o.worker_us, o.database_us) for o in ones), strict=True))
        table.add_row(str(endpoints), f"{ones[0].deliveries:,}", *(f"{figure:,.0f}" for figure in figures))
    console.print(table)
    claims = beside.claims
    table = Table("milliseconds", title=f"Claims with {claims.delivered:,} delivered, {claims.due:,} due")
    for column in ("p50", "p99", "most"):
        table.add_column(column, justify="right")
    for name, spread in {
        "nothing due": claims.idle,
        f"{claims.claimed:.0f} claimed": claims.claim,
        f"{claims.claimed:.0f} settled": claims.settle,
    }.items():
        table.add_row(name, *(f"{figure:.2f}" for figure in (spread.p50, spread.p99, spread.most)))
    console.print(table)
    save = beside.save
    console.print(
        f"Save: {save.without:.0f} µs a transition, with an endpoint {save.with_endpoint:.0f}"
        f" ({save.added:+.0f}). Idle worker: {beside.idle_percent:.2f} % of a core."
    )
    pits = beside.tarpits
    table = Table("endpoint that answers", title=f"COMMIT to received, ms; {pits.due:,} due at each of four tarpits")
    for column in ("p50", "p99", "most"):
        table.add_column(column, justify="right")
    for name, spread in {"without tarpits": pits.alone, "beside them": pits.beside}.items():
        table.add_row(name, *(f"{figure:.1f}" for figure in (spread.p50, spread.p99, spread.most)))
    console.print(table)
    console.print(f"The worker's memory beside tarpits: {pits.growth_mib:+.1f} MiB.")
