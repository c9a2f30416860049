"""Declares the interface between the runner and a protocol, which sends a step and verifies its answer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from aiohttp import ClientTimeout

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.causes import LikelyCause
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Placeholders
from tiyin_sandbox.engine.orders import Order
from tiyin_sandbox.engine.results import CheckFailure

TIMEOUT: Final = ClientTimeout(total=15)
"""Of one call."""


class Caller(Protocol):
    """Knows one protocol, and the address and secret of one gateway."""

    @property
    def suite(self) -> str:
        """`payme`, `click`."""

    @property
    def target(self) -> str:
        """The address that is called, as the report shows it."""

    @property
    def causes(self) -> Sequence[LikelyCause]:
        """The likely causes of its wrong answers; the first that applies is shown."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Periods of the gateway's settings, as far as they are known: placeholder of a pause -> seconds."""

    def placeholders(self, orders: Mapping[str, Order]) -> dict[str, Any]:
        """Give values to the placeholders of one check: `$order`, `$t`, `$now` …, fresh each time."""

    async def send(self, step: Step, placeholders: dict[str, Any]) -> Answer:
        """Send one call. Nothing that the gateway does raises: no answer is an answer with a `connection_error`.

        May renew a placeholder that had become too old before the call arrived.
        """

    def verify(self, step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
        """Return what is wrong with the answer, if anything is."""

    def same(self, first: Answer, again: Answer) -> str | None:
        """Return how a repeat's answer differs from the first, if it does."""

    def expected(self, step: Step, placeholders: Placeholders) -> str:
        """Describe for people what the step must be answered."""
