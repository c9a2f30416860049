"""What is kept of a run: one JSON file with every window's figures, their medians, and the goals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from bench.goals import Goal
from bench.plan import Figures
from bench.rounds import Measured, middle, middle_times

FOLDER: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Result:
    kind: str
    """`bench`, `features`, `scale`, `overload`, `peers`, `outbound`."""
    machine: Mapping[str, Any]
    database: Mapping[str, str]
    measured: Measured
    goals: Sequence[Goal]
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind has."""

    def save(self) -> Path:
        """Named by its kind and the time, so that several runs stand beside each other."""
        FOLDER.mkdir(exist_ok=True)
        moment = str(self.machine["at"])[:19].replace(":", "").replace("-", "")
        path = FOLDER / f"{self.kind}-{moment}.json"
        content = {
            **asdict(self),
            "medians": {name: _medians(rounds) for name, rounds in self.measured.items()},
        }
        path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return path


def _medians(rounds: Sequence[Figures]) -> Mapping[str, Any]:
    methods = sorted({method for figures in rounds for method in figures.times})
    times = {method: spread for method in methods if (spread := middle_times(rounds, method))}
    processes = sorted({name for figures in rounds for name in figures.us_per_request})
    return {
        "lives_per_second": middle(rounds),
        "us_per_request": {
            name: middle(rounds, lambda figures, name=name: figures.us_per_request[name])  # type: ignore[misc]
            for name in processes
        },
        "us_per_life": {
            name: round(middle(rounds, lambda figures, name=name: figures.us_per_life(name)), 1)  # type: ignore[misc]
            for name in processes
        },
        "times": {method: asdict(spread) for method, spread in times.items()},
    }
