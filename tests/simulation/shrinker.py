"""Makes a failing history short: leaves out whatever it fails without."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime

from tests.simulation.calls import Call
from tests.simulation.history import CallsTogether, ClockStep, Step, Sweep

RUNS_MAX = 2_000


def shrink(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Leaves out steps, then single calls, until nothing more can go. `fails` runs a history from its start."""
    shortest, runs, again = list(steps), 0, True
    while again:
        again = False
        for shorter in _shorter(shortest):
            runs += 1
            if runs > RUNS_MAX:
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
        if isinstance(step, CallsTogether) and len(step.calls) > 1
        for call in range(len(step.calls))
    ]
    return without_a_step + without_a_call


def _without(step: CallsTogether, left_out: int) -> CallsTogether:
    calls = step.calls[:left_out] + step.calls[left_out + 1 :]
    lost = frozenset(n - (n > left_out) for n in step.lost if n != left_out)
    return replace(step, calls=calls, lost=lost)


def as_text(steps: Sequence[Step]) -> str:
    return "\n".join(_line(step) for step in steps)


def _line(step: Step) -> str:
    match step:
        case ClockStep(by):
            return f"  the clock moves by {by}"
        case Sweep():
            return "  the sweeper comes"
    calls = [f"{_call_text(call)}{' (answer lost)' * (n in step.lost)}" for n, call in enumerate(step.calls)]
    crash = f"; a crash, {step.crash.value}" if step.crash else ""
    return f"  {' + '.join(calls)}{crash}"


def _call_text(call: Call) -> str:
    values = [getattr(call, field.name) for field in fields(call)]
    arguments = [f"{value:%d %H:%M:%S.%f}"[:-3] if isinstance(value, datetime) else repr(value) for value in values]
    return f"{type(call).__name__}({', '.join(arguments)})"
