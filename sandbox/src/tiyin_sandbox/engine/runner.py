"""Runs checks: sends each row, holds the answer against its words, and says what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.causes import cause_of
from tiyin_sandbox.engine.checks import Check, Deed, Pause, Row, Step, Together
from tiyin_sandbox.engine.clock import elapsed, now
from tiyin_sandbox.engine.orders import Order, Orders, OutOfOrders
from tiyin_sandbox.engine.results import Answered, Fault, Outcome, Report, Verdict

Sleep = Callable[[float], Awaitable[None]]


def _nobody_listens(outcome: Outcome) -> None:
    """Where only the report is wanted."""


async def run(
    checks: Sequence[Check],
    caller: Caller,
    orders: Orders,
    on_outcome: Callable[[Outcome], None] = _nobody_listens,
    sleep: Sleep = asyncio.sleep,
) -> Report:
    """One check after another; only those that wait for long run beside them. Outcomes keep the checks' order."""
    started, began = now(), elapsed()
    shelf = _Shelf(orders)
    beside = {
        check.id: asyncio.ensure_future(run_check(check, caller, shelf, sleep)) for check in checks if check.beside
    }
    outcomes = []
    try:
        for check in checks:
            outcome = await (beside[check.id] if check.beside else run_check(check, caller, shelf, sleep))
            outcomes.append(outcome)
            on_outcome(outcome)
    finally:
        for task in beside.values():
            task.cancel()
    return Report(caller.suite, caller.target, started, elapsed() - began, tuple(outcomes))


async def run_check(check: Check, caller: Caller, orders: Orders, sleep: Sleep = asyncio.sleep) -> Outcome:
    """One check, on its own."""
    began = elapsed()
    lacking = [verb for verb in sorted(check.deeds) if not orders.can(verb)]
    if lacking:
        return Outcome(check, (), Verdict.SKIPPED, reason=f"the orders cannot be asked to {' or '.join(lacking)}")
    try:
        taken = await _take(check, orders)
        steps = await _Walk(check, caller, orders, sleep, taken).through()
    except OutOfOrders as trouble:
        return Outcome(check, (), Verdict.SKIPPED, reason=str(trouble), hindered=True)
    verdict = Verdict.PASSED if all(step.passed for step in steps) else Verdict.FAILED
    if isinstance(orders, _Shelf) and verdict is Verdict.FAILED and not check.spends:
        orders.spoiled()
    return Outcome(check, tuple(steps), verdict, elapsed() - began)


async def _take(check: Check, orders: Orders) -> dict[str, Order]:
    if isinstance(orders, _Shelf) and not check.spends:
        return {name: await orders.borrow(name) for name in check.needs}
    return {name: await orders.take() for name in check.needs}


class _Shelf:
    """Orders that a check leaves as they were are lent again."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lent: dict[str, Order] = {}
        self._spoiled: dict[str, Order] = {}
        self.left, self.can, self.take, self.do = orders.left, orders.can, orders.take, orders.do

    async def borrow(self, name: str) -> Order:
        if name not in self._lent:
            self._lent[name] = await self._another(name)
        return self._lent[name]

    def spoiled(self) -> None:
        """A check failed: what it did to its orders is not known."""
        self._spoiled, self._lent = self._lent, {}

    async def _another(self, name: str) -> Order:
        if name in self._spoiled and self._orders.left() is not None:
            return self._spoiled[name]  # they were counted without failures: the rest belongs to the checks to come
        return await self._orders.take()


class _Walk:
    """One check's way through its rows."""

    def __init__(self, check: Check, caller: Caller, orders: Orders, sleep: Sleep, taken: dict[str, Order]) -> None:
        self.check, self.caller, self.orders, self.sleep, self.taken = check, caller, orders, sleep, taken
        self.said: dict[str, Any] = caller.words(taken)

    async def through(self) -> list[Answered]:
        done: list[Answered] = []
        for row in self.check.steps:
            done += await self._row(row)
            if not self.check.goes_on and any(not step.passed for step in done):
                break
        return done

    async def _row(self, row: Row) -> list[Answered]:
        match row:
            case Pause():
                await self.sleep(row.seconds)
            case Deed():
                await self.orders.do(row.verb, self.taken[row.order])
            case Together():
                return await self._together(row)
            case Step():
                return await self._step(row)
        return []

    async def _step(self, step: Step) -> list[Answered]:
        first = await self.caller.send(step, self.said)
        fault = self.caller.judge(step, first, self.said)
        done = [self._answered(step, first, fault)]
        if step.twice and fault is None:
            again = await self.caller.send(step, self.said)
            done.append(self._answered(step, again, self._repeat(step, first, again), "again"))
        self._keep(step, first)
        return done

    async def _together(self, row: Together) -> list[Answered]:
        answers = await asyncio.gather(*[self.caller.send(step, self.said) for step in row.steps])
        faults = [self.caller.judge(step, answer, self.said) for step, answer in zip(row.steps, answers, strict=True)]
        broken = row.rule(answers) if row.rule and not any(faults) else None
        if broken:
            faults[-1] = Fault("race", broken)
        for step, answer in zip(row.steps, answers, strict=True):
            self._keep(step, answer)
        return [
            self._answered(step, answer, fault, row.say)
            for step, answer, fault in zip(row.steps, answers, faults, strict=True)
        ]

    def _repeat(self, step: Step, first: Answer, again: Answer) -> Fault | None:
        differs = None if again.trouble else self.caller.same(first, again)
        return Fault("repeat", differs) if differs else self.caller.judge(step, again, self.said)

    def _keep(self, step: Step, answer: Answer) -> None:
        for placeholder, word in step.keep.items():
            self.said[placeholder] = (answer.result or {}).get(word)

    def _answered(self, step: Step, answer: Answer, fault: Fault | None, note: str = "") -> Answered:
        name = (step.say or step.call) + (f" ({note})" if note else "")
        return Answered(
            step=name,
            request=answer.request,
            answer_status=answer.status,
            answer_text=answer.text if answer.trouble is None else "",
            expected=self.caller.expected(step, self.said),
            passed=fault is None,
            ms=answer.ms,
            why=fault.why if fault else None,
            symptom=fault.symptom if fault else None,
            cause=cause_of(self.caller.causes, self.check, step, answer, fault) if fault else None,
        )
