"""Draws the chart of a result: `python -m bench.chart bench/results/bench-….json`."""

import sys
from pathlib import Path
from typing import Any, Final

import matplotlib
import orjson

matplotlib.use("Agg")

from matplotlib import pyplot

PAYERS: Final = (1, 16, 64)
METHODS: Final = ("CheckPerformTransaction", "CreateTransaction", "PerformTransaction", "CheckTransaction")
PERCENTILES: Final = ("p50", "p90", "p99")


def draw(result: Path) -> Path:
    """Beside the result, as PNG."""
    result_data = orjson.loads(result.read_bytes())
    figure, (speed, times) = pyplot.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    _speed(speed, result_data["medians"])
    _times(times, result_data["medians"]["gateway, 16"]["times"])
    machine, postgres = result_data["machine"], result_data["database"]["server_version"].split()[0]
    figure.suptitle(f"tiyin {machine['commit']}: {machine['cores']} cores, PostgreSQL {postgres}, {machine['at'][:10]}")
    path = result.with_suffix(".png")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def _speed(axes: Any, medians: Any) -> None:
    limit = [medians[f"limit, {payers}"]["lives_per_second"] for payers in PAYERS]
    gateway = [medians[f"gateway, {payers}"]["lives_per_second"] for payers in PAYERS]
    places = range(len(PAYERS))
    axes.bar([place - 0.2 for place in places], limit, 0.4, label="practical limit (pgbench)", color="#c8ccd4")
    bars = axes.bar([place + 0.2 for place in places], gateway, 0.4, label="tiyin", color="#2a7de1")
    axes.bar_label(bars, [f"{ours:,.0f}" for ours in gateway])
    axes.set_xticks(places, [f"{payers} payer{'s' if payers > 1 else ''}" for payers in PAYERS])
    axes.set_ylabel("whole payments in a second")
    axes.legend()


def _times(axes: Any, times: Any) -> None:
    for number, percentile in enumerate(PERCENTILES):
        heights = [times[method][percentile] for method in METHODS]
        axes.bar([place + (number - 1) * 0.27 for place in range(len(METHODS))], heights, 0.27, label=percentile)
    axes.set_xticks(range(len(METHODS)), [method.removesuffix("Transaction") for method in METHODS])
    axes.set_ylabel("milliseconds, 16 payers")
    axes.legend()


if __name__ == "__main__":
    print(draw(Path(sys.argv[1])))
