"""An attack on a gateway: what is sent to it, and whether it is unharmed."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.faults.conftest import SEED
from tests.faults.hostile.answer_checks import SECRETS, AnswerCheck, asks_to_try_again, outcome
from tests.faults.hostile.database_rules import broken_rules
from tests.faults.hostile.http_client import Answer, Request
from tests.faults.hostile.process import Gateway
from tests.faults.hostile.seed import REPLAY
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN, SHOP_KNOWN, Callers, World

T = TypeVar("T")

AT_ONCE: Final = 25
"""Requests in a batch: one of hypothesis' examples, sent all at once. More would not fit into an example."""

WARM_UP: Final = 15
"""Batches for each interface before memory is measured for the first time."""
MOST_GROWTH: Final = 50
"""MiB, over everything that is thrown."""
ENOUGH: Final = 5
"""Complaints; after that it is no use to go on."""
TRIES: Final = 5


class _EnoughError(BaseException):
    """Ends hypothesis' run; an Exception it would take for a failure and look into."""


class Attack:
    def __init__(
        self, runner: asyncio.Runner, gateway: Gateway, database: AsyncEngine, callers: Callers, world: World
    ) -> None:
        self.runner, self.gateway, self.database = runner, gateway, database
        self.callers, self.world = callers, world
        self.heard: Counter[int] = Counter()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    async def warm_up(self) -> None:
        """What the gateway does on its first calls, such as filling its pools and caches, is no growth."""
        check = b'{"method":"CheckTransaction","params":{"id":"nobody"},"id":1}'
        calls = [
            Request(PAYME, check, headers=(PAYME_KNOWN,)),
            Request(CLICK, b"action=0"),
            Request(ORDERS, verb="GET", headers=(SHOP_KNOWN,)),
        ]
        for call in calls * WARM_UP:
            await self.gateway.client.exchange_all([call] * AT_ONCE)
        self.gateway.is_warm()

    def send_generated(self, requests: st.SearchStrategy[Request], count: int, verdict: AnswerCheck) -> Counter[int]:
        """So many requests, made up by hypothesis; every answer is judged. Returns how often each code was heard."""
        complaints: list[str] = []
        thrown = 0
        self.heard.clear()

        # Neither shrinking nor a database of failures: what was sent before has changed the rows, and a single
        # request says enough by itself.
        @seed(SEED)
        @settings(
            max_examples=4 * count // AT_ONCE,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(requests, min_size=AT_ONCE, max_size=AT_ONCE))
        def throw(batch: Sequence[Request]) -> None:
            nonlocal thrown
            complaints.extend(self.run(self.check_answers(batch, verdict)))
            thrown += len(batch)
            if thrown >= count or len(complaints) >= ENOUGH:
                raise _EnoughError

        with suppress(_EnoughError):
            throw()
        assert not complaints, f"{len(complaints)} complaints {REPLAY}:\n" + "\n\n".join(complaints[:ENOUGH])
        assert thrown >= count
        return self.heard

    async def check_answers(self, batch: Sequence[Request], verdict: AnswerCheck) -> list[str]:
        answers = await self.gateway.client.exchange_all(batch)
        complaints = []
        for request, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Answer):
                self.heard[outcome(answer)] += 1
                faults = list(verdict(request, answer))
                if asks_to_try_again(answer) and not await self._can_be_tried_again(request):
                    faults.append(f"still to be tried again after {TRIES} times")
                received = f"{answer.status} {answer.text[:1000]!r}"
            else:
                faults, received = ["no answer"], repr(answer)
            if faults:
                complaints.append(f"{'; '.join(faults)}\n  sent {request}\n  got {received}")
        return complaints

    async def _can_be_tried_again(self, request: Request) -> bool:
        for number in range(TRIES):
            await asyncio.sleep(0.2 * number)
            if not asks_to_try_again(await self.gateway.client.exchange(request)):
                return True
        return False

    def assert_unharmed(self) -> None:
        """The database is right, the log shows no surprise, little memory was taken, and honest payments go on."""
        self.run(self.callers.can_still_be_paid_through())
        surprises = self.gateway.surprises()
        assert not surprises, f"{REPLAY} {surprises[0]}"
        broken = self.run(broken_rules(self.database, list(SECRETS)))
        assert not broken, f"{REPLAY} {broken}"
        log = self.gateway.out.read_text(errors="replace")
        assert not [secret for secret in SECRETS if secret in log], REPLAY
        assert self.gateway.growth() <= MOST_GROWTH, REPLAY
