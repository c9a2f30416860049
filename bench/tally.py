"""Counts what the payers meet: times by method, wrong answers, and the CPU that it costs."""

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from bench.plan import Figures, Spread
from bench.processes import cpu_seconds

WRONGS_SHOWN: Final = 5
LIFE: Final = "life"
TRY_AGAIN: Final = "try again"


class Tally:
    def __init__(self, watched: Mapping[str, int]) -> None:
        self._watched = watched
        self._counting = False
        self._began = self._ended = 0.0
        self._own = 0.0
        self._cpu: dict[str, float] = {}
        self._times: dict[str, list[float]] = defaultdict(list)
        self._wrong = 0
        self._wrongs: list[str] = []

    def begin(self) -> None:
        """From now on everything counts."""
        self._cpu = {name: -cpu_seconds(pid) for name, pid in self._watched.items()}
        self._own = -time.process_time()
        self._began = time.perf_counter()
        self._counting = True

    def end(self) -> None:
        self._counting = False
        self._ended = time.perf_counter()
        self._own += time.process_time()
        for name, pid in self._watched.items():
            self._cpu[name] += cpu_seconds(pid)

    def answered(self, method: str, seconds: float) -> None:
        if self._counting:
            self._times[method].append(seconds)

    def was_wrong(self, what: str) -> None:
        """Counts whenever it is."""
        self._wrong += 1
        if len(self._wrongs) < WRONGS_SHOWN:
            self._wrongs.append(what)

    def figures(self, orders_used: int, *, orders_lacking: bool, left_over: int) -> Figures:
        seconds = self._ended - self._began
        lives = len(self._times.get(LIFE, ()))
        requests = sum(len(times) for method, times in self._times.items() if method != LIFE)
        return Figures(
            seconds=round(seconds, 3),
            lives=lives,
            lives_per_second=round(lives / seconds, 1),
            requests=requests,
            try_again=len(self._times.get(TRY_AGAIN, ())),
            wrong=self._wrong,
            wrongs=self._wrongs,
            orders_used=orders_used,
            orders_lacking=orders_lacking,
            left_over=left_over,
            client_us_per_life=round(self._own / max(lives, 1) * 1e6, 1),
            us_per_request={name: round(cpu / max(requests, 1) * 1e6, 1) for name, cpu in self._cpu.items()},
            times={method: Spread.of(times) for method, times in sorted(self._times.items())},
        )
