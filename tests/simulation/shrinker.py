"""A failing history made short: whatever can be left out and still fails is left out."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime

from tests.simulation.calls import Call
from tests.simulation.history import ClockMoves, Step, Sweeps, Together

MOST_RUNS = 2_000


def shrink(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Leaves out steps, then single calls, until nothing more can go. `fails` runs a history from its start."""
    shortest, runs, again = list(steps), 0, True
    while again:
        again = False
        for shorter in _shorter(shortest):
            runs += 1
            if runs > MOST_RUNS:
                return shortest
            if fails(shorter):
                shortest, again = shorter, True
                break
    return shortest


def _shorter(steps: list[Step]) -> list[list[Step]]:
    without_a_step = [steps[:n] + steps[n + 1 :] for n in reversed(range(len(steps)))]
    without_a_call = [
        [*steps[:n], _without(step, call), *steps[n + 1 :]]
        for n, step in enumerate(steps)
        if isinstance(step, Together) and len(step.calls) > 1
        for call in range(len(step.calls))
    ]
    return without_a_step + without_a_call


def _without(step: Together, left_out: int) -> Together:
    calls = step.calls[:left_out] + step.calls[left_out + 1 :]
    lost = frozenset(n - (n > left_out) for n in step.lost if n != left_out)
    return replace(step, calls=calls, lost=lost)


def as_text(steps: Sequence[Step]) -> str:
    return "\n".join(_line(step) for step in steps)


def _line(step: Step) -> str:
    match step:
        case ClockMoves(by):
            return f"  the clock moves by {by}"
        case Sweeps():
            return "  the sweeper comes"
    calls = [f"{_told(call)}{' (answer lost)' * (n in step.lost)}" for n, call in enumerate(step.calls)]
    crash = f"; a crash, {step.crash.value}" if step.crash else ""
    return f"  {' + '.join(calls)}{crash}"


def _told(call: Call) -> str:
    values = [getattr(call, field.name) for field in fields(call)]
    said = [f"{value:%d %H:%M:%S.%f}"[:-3] if isinstance(value, datetime) else repr(value) for value in values]
    return f"{type(call).__name__}({', '.join(said)})"
