"""Runs checks: sends each step, verifies the answer, and reports the outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.caller import Caller
from tiyin_sandbox.engine.causes import cause_of
from tiyin_sandbox.engine.checks import AnyStep, Check, ConcurrentSteps, Pause, ShopAction, Step
from tiyin_sandbox.engine.clock import elapsed, now
from tiyin_sandbox.engine.expectations import substitute
from tiyin_sandbox.engine.orders import Order, Orders, OutOfOrders, TooEarly
from tiyin_sandbox.engine.results import CheckFailure, Outcome, Report, StepResult, Verdict

Sleep = Callable[[float], Awaitable[None]]


def _ignore(outcome: Outcome) -> None:
    """The default listener, where only the report is wanted."""


async def run(
    checks: Sequence[Check],
    caller: Caller,
    orders: Orders,
    on_outcome: Callable[[Outcome], None] = _ignore,
    sleep: Sleep = asyncio.sleep,
) -> Report:
    """Run one check after another; only those that wait for long run beside them. Outcomes keep the checks' order."""
    started, start = now(), elapsed()
    reusable = _ReusableOrders(orders)
    in_background = {
        check.id: asyncio.ensure_future(run_check(check, caller, reusable, sleep))
        for check in checks
        if check.in_background
    }
    outcomes = []
    try:
        for check in checks:
            outcome = await (
                in_background[check.id] if check.in_background else run_check(check, caller, reusable, sleep)
            )
            outcomes.append(outcome)
            on_outcome(outcome)
    finally:
        for task in in_background.values():
            task.cancel()
    return Report(caller.suite, caller.target, started, elapsed() - start, tuple(outcomes))


async def run_check(check: Check, caller: Caller, orders: Orders, sleep: Sleep = asyncio.sleep) -> Outcome:
    """Run one check with orders of its own."""
    start = elapsed()
    reason = why_skipped(check, caller, orders.can)
    if reason is not None:
        return Outcome(check, (), Verdict.SKIPPED, reason=reason)
    try:
        taken = await _take(check, orders)
        steps = await _CheckRun(check, caller, orders, sleep, taken).results()
    except OutOfOrders as error:
        return Outcome(check, (), Verdict.SKIPPED, reason=str(error), lacked_orders=True)
    except TooEarly as error:
        return Outcome(check, (), Verdict.SKIPPED, reason=str(error))
    verdict = Verdict.PASSED if all(step.passed for step in steps) else Verdict.FAILED
    if isinstance(orders, _ReusableOrders) and verdict is Verdict.FAILED and not check.consumes_orders:
        orders.discard_borrowed()
    return Outcome(check, tuple(steps), verdict, elapsed() - start)


def why_skipped(check: Check, caller: Caller, can: Callable[[str], bool]) -> str | None:
    """Return why it is known beforehand that the check cannot be run; None if it can."""
    missing = [verb for verb in sorted(check.shop_actions) if not can(verb)]
    if missing:
        return f"the orders cannot be asked to {' or '.join(missing)}"
    named = [pause for pause in check.pauses if isinstance(pause.seconds, str)]
    return next((pause.cure for pause in named if pause.seconds not in caller.seconds), None)


async def _take(check: Check, orders: Orders) -> dict[str, Order]:
    if check.expires_in is not None:
        return {name: await orders.take_expiring(check.expires_in) for name in check.needs}
    if isinstance(orders, _ReusableOrders) and not check.consumes_orders:
        return {name: await orders.borrow(name) for name in check.needs}
    return {name: await orders.take() for name in check.needs}


class _ReusableOrders:
    """Gives orders that a check leaves as they were to later checks again."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._borrowed: dict[str, Order] = {}
        self._discarded: dict[str, Order] = {}
        self.left, self.can, self.take, self.do = orders.left, orders.can, orders.take, orders.do
        self.take_expiring = orders.take_expiring

    async def borrow(self, name: str) -> Order:
        if name not in self._borrowed:
            self._borrowed[name] = await self._replacement(name)
        return self._borrowed[name]

    def discard_borrowed(self) -> None:
        """Lend no order of a failed check again: what it did to them is not known."""
        self._discarded, self._borrowed = self._borrowed, {}

    async def _replacement(self, name: str) -> Order:
        if name in self._discarded and self._orders.left() is not None:
            return self._discarded[name]  # they were counted without failures: the rest belongs to the checks to come
        return await self._orders.take()


class _CheckRun:
    """One check on its way through its steps."""

    def __init__(self, check: Check, caller: Caller, orders: Orders, sleep: Sleep, taken: dict[str, Order]) -> None:
        self.check, self.caller, self.orders, self.sleep, self.taken = check, caller, orders, sleep, taken
        self.placeholders: dict[str, Any] = caller.placeholders(taken)

    async def results(self) -> list[StepResult]:
        results: list[StepResult] = []
        for item in self.check.steps:
            results += await self._run_item(item)
            if not self.check.continue_on_failure and any(not step.passed for step in results):
                break
        return results

    async def _run_item(self, item: AnyStep) -> list[StepResult]:
        match item:
            case Pause():
                seconds = item.seconds
                await self.sleep(self.caller.seconds[seconds] if isinstance(seconds, str) else seconds)
            case ShopAction():
                await self.orders.do(item.verb, self.taken[item.order], substitute(item.terms, self.placeholders))
            case ConcurrentSteps():
                return await self._run_concurrently(item)
            case Step():
                return await self._run_step(item)
        return []

    async def _run_step(self, step: Step) -> list[StepResult]:
        first = await self.caller.send(step, self.placeholders)
        failure = self.caller.verify(step, first, self.placeholders)
        results = [self._result(step, first, failure)]
        if step.twice and failure is None:
            again = await self.caller.send(step, self.placeholders)
            results.append(self._result(step, again, self._repeat(step, first, again), "again"))
        self._keep(step, first)
        return results

    async def _run_concurrently(self, item: ConcurrentSteps) -> list[StepResult]:
        answers = await asyncio.gather(*[self.caller.send(step, self.placeholders) for step in item.steps])
        failures = [
            self.caller.verify(step, answer, self.placeholders)
            for step, answer in zip(item.steps, answers, strict=True)
        ]
        violation = item.rule(answers) if item.rule and not any(failures) else None
        if violation:
            failures[-1] = CheckFailure("race", violation)
        for step, answer in zip(item.steps, answers, strict=True):
            self._keep(step, answer)
        return [
            self._result(step, answer, failure, item.label)
            for step, answer, failure in zip(item.steps, answers, failures, strict=True)
        ]

    def _repeat(self, step: Step, first: Answer, again: Answer) -> CheckFailure | None:
        difference = None if again.connection_error else self.caller.same(first, again)
        return CheckFailure("repeat", difference) if difference else self.caller.verify(step, again, self.placeholders)

    def _keep(self, step: Step, answer: Answer) -> None:
        for placeholder, word in step.keep.items():
            self.placeholders[placeholder] = (answer.result or {}).get(word)

    def _result(self, step: Step, answer: Answer, failure: CheckFailure | None, note: str = "") -> StepResult:
        name = (step.label or step.call) + (f" ({note})" if note else "")
        return StepResult(
            step=name,
            request=answer.request,
            answer_status=answer.status,
            answer_text=answer.text if answer.connection_error is None else "",
            expected=self.caller.expected(step, self.placeholders),
            passed=failure is None,
            ms=answer.ms,
            why=failure.why if failure else None,
            symptom=failure.symptom if failure else None,
            cause=cause_of(self.caller.causes, self.check, step, answer, failure) if failure else None,
        )
