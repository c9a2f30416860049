"""The figures as tables on a terminal."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.goals import Goal
from bench.plan import Figures
from bench.results import Result
from bench.rounds import Measured, middle, middle_times, ratio
from bench.rounds import lives_per_second as lives
from bench.tally import LIFE, TRY_AGAIN

console = Console(highlight=False, width=120)


def show_speed(measured: Measured, limits: Mapping[str, str]) -> None:
    """`limits`: by subject, the one that is its limit."""
    table = Table("median of the rounds", title="Speed")
    for column in ("lives/s", "of the limit", "server µs/call", "database µs/call"):
        table.add_column(column, justify="right")
    for column in ("server µs/life", "database µs/life", "client µs/life"):
        table.add_column(column, justify="right")
    for name, rounds in measured.items():
        limit = measured.get(limits.get(name, ""))
        table.add_row(
            name,
            f"{middle(rounds):,.0f}",
            f"{ratio(rounds, limit, lives):.0%}" if limit else "",
            _cpu(rounds, "server", lambda figures: figures.us_per_request["server"]),
            _cpu(rounds, "database", lambda figures: figures.us_per_request["database"]),
            _cpu(rounds, "server", lambda figures: figures.us_per_life("server")),
            _cpu(rounds, "database", lambda figures: figures.us_per_life("database")),
            f"{middle(rounds, lambda figures: figures.client_us_per_life):.0f}" if rounds[0].client_us_per_life else "",
        )
    console.print(table)


def _cpu(rounds: Sequence[Figures], name: str, of: Callable[[Figures], float]) -> str:
    return f"{middle(rounds, of):,.0f}" if all(name in figures.us_per_request for figures in rounds) else ""


def show_times(measured: Measured) -> None:
    table = Table("milliseconds", "method", title="Times")
    for column in ("answers", "p50", "p90", "p99", "most"):
        table.add_column(column, justify="right")
    for name, rounds in measured.items():
        methods = {method for figures in rounds for method in figures.times}
        for method in sorted(methods, key=lambda method: (method in (LIFE, TRY_AGAIN), method)):
            spread = middle_times(rounds, method)
            if spread:
                figures = (spread.p50, spread.p90, spread.p99, spread.most)
                table.add_row(name, method, f"{spread.count:,}", *(f"{ms:,.1f}" for ms in figures))
        table.add_section()
    console.print(table)


def show_goals(goals: Sequence[Goal]) -> None:
    table = Table("goal", "wanted", "measured", "", title="Goals")
    for goal in goals:
        verdict = "[green]reached[/]" if goal.reached else "[red]not reached[/]"
        table.add_row(goal.goal, goal.wanted, goal.measured, verdict)
    console.print(table)


def show_machine(machine: Mapping[str, object], database: Mapping[str, str]) -> None:
    facts = {**machine, **database}
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")


def show_faults(faults: Sequence[str]) -> None:
    for fault in faults:
        console.print(f"[red]wrong[/] {fault}")


def conclude(result: Result, wrong: Sequence[str], limits: Mapping[str, str] | None = None) -> Path | None:
    """Show everything, and keep it where nothing is `wrong`: the file that it is in then."""
    show_machine(result.machine, result.database)
    show_speed(result.measured, limits or {})
    show_times({name: figures for name, figures in result.measured.items() if not name.startswith("bare")})
    show_goals(result.goals)
    show_faults(wrong)
    if wrong:
        return None
    path = result.save()
    console.print(f"Figures: {path}", soft_wrap=True)
    return path
