"""What the runner asks of a protocol: how a step is sent, and when its answer is right."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.causes import Likely
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Said
from tiyin_sandbox.engine.orders import Order
from tiyin_sandbox.engine.results import Fault


class Caller(Protocol):
    """Knows one protocol, and the address and secret of one gateway."""

    @property
    def suite(self) -> str:
        """`payme`, `click`."""

    @property
    def target(self) -> str:
        """The address that is called, as the report shows it."""

    @property
    def causes(self) -> Sequence[Likely]:
        """What usually stands behind its wrong answers."""

    def words(self, orders: Mapping[str, Order]) -> dict[str, Any]:
        """What the placeholders stand for in one check: `$order`, `$t`, `$now` …, fresh each time."""

    async def send(self, step: Step, said: Said) -> Answer:
        """Never raises for what the gateway does: no answer is an answer with its `trouble`."""

    def judge(self, step: Step, answer: Answer, said: Said) -> Fault | None:
        """What is wrong with the answer."""

    def same(self, first: Answer, again: Answer) -> str | None:
        """What is wrong with a repeat's answer beside the first."""

    def expected(self, step: Step, said: Said) -> str:
        """The words that the step must answer, for people."""
