"""Windows of several subjects in turn, A B C C B A: what slows the machine down for a while slows down all of them."""

import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from statistics import median

from bench.plan import Figures, Spread

Window = Callable[[], Awaitable[Figures]]
Measured = Mapping[str, Sequence[Figures]]
"""By subject, one for each round."""


async def in_turn(windows: Mapping[str, Window], rounds: int) -> Measured:
    measured: dict[str, list[Figures]] = {name: [] for name in windows}
    for number in range(1, rounds + 1):
        in_order = list(windows.items())
        for name, window in in_order if number % 2 else reversed(in_order):  # none always comes after the same one
            figures = await window()
            measured[name].append(figures)
            say(f"round {number} of {rounds}, {name}: {figures.lives_per_second:.0f} lives/s")
    return measured


def say(text: str) -> None:
    """Report progress; the figures themselves go to stdout."""
    print(text, file=sys.stderr, flush=True)


def ratio(over: Sequence[Figures], under: Sequence[Figures], of: Callable[[Figures], float]) -> float:
    """The median of each round's own ratio: only what was measured within the same minute is compared."""
    return median(of(a) / of(b) if of(b) else 0.0 for a, b in zip(over, under, strict=True))


def lives_per_second(figures: Figures) -> float:
    return figures.lives_per_second


def middle(all_figures: Sequence[Figures], of: Callable[[Figures], float] = lives_per_second) -> float:
    return median(of(figures) for figures in all_figures)


def middle_times(all_figures: Sequence[Figures], method: str) -> Spread | None:
    """The median of each percentile."""
    spreads = [figures.times[method] for figures in all_figures if method in figures.times]
    if not spreads:
        return None
    return Spread(
        count=sum(spread.count for spread in spreads),
        p50=median(spread.p50 for spread in spreads),
        p90=median(spread.p90 for spread in spreads),
        p99=median(spread.p99 for spread in spreads),
        most=max(spread.most for spread in spreads),
    )


def faults(measured: Measured) -> list[str]:
    """Whatever must never be: wrong answers, lives that never ended."""
    return [fault for name, rounds in measured.items() for fault in _faults(name, rounds)]


def gaps(measured: Measured) -> list[str]:
    """Whatever makes figures worthless, though nothing is wrong: windows that were empty, or too short."""
    empty = [
        f"{name}: not one life in a window" for name, rounds in measured.items() if not all(f.lives for f in rounds)
    ]
    lacking = [name for name, rounds in measured.items() if any(figures.orders_lacking for figures in rounds)]
    return empty + [f"{name}: all orders were used up before the end of a window" for name in lacking]


def _faults(name: str, rounds: Sequence[Figures]) -> Iterable[str]:
    for figures in rounds:
        if figures.wrong:
            yield f"{name}: {figures.wrong} wrong answers, such as {'; '.join(figures.wrongs[:2])}"
        if figures.left_over:
            yield f"{name}: {figures.left_over} lives that never ended"
