"""Chains the rows of Click's own tools: they send them one after another at one order, so each needs those before it.

What the rows before are answered is their own matter; so each row is red here where it would be red in the tool.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tiyin_sandbox.engine.checks import Check, Step


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a tool."""

    number: int
    ru: str
    uz: str
    en: str
    step: Step
    fresh: bool = False
    """From here on another, unpaid order."""


def chained(tool: str, lines: Iterable[Line], usual: Mapping[str, Any]) -> Iterator[Check]:
    """usual: the fields that this tool sends otherwise than Click."""
    before: list[Step] = []
    for line in lines:
        if line.fresh:
            before = []
        step = replace(line.step, params={**usual, **line.step.params}, options={"tool": tool, **line.step.options})
        yield _check(tool, line, (*before, step))
        before.append(replace(step, options={**step.options, "before": True}, label=f"{step.call} (row {line.number})"))


def _check(tool: str, line: Line, steps: tuple[Step, ...]) -> Check:
    return Check(
        f"click.{tool}.{line.number}",
        f"{line.number}. {line.ru}",
        f"{line.number}. {line.uz}",
        f"{line.number}. {line.en}",
        tool,
        steps,
        consumes_orders=any(step.result is not None for step in steps),
    )
