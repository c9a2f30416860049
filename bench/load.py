"""The load client, a process of its own: reads a plan from stdin, lets the payers pay, prints the figures.

Lean, because it shares the machine with what it measures; still every answer is verified.
"""

import asyncio
import sys
import time
from collections import deque
from contextlib import suppress
from typing import Final

from bench.lives import LIVES
from bench.payer import Payer
from bench.plan import Figures, Plan
from bench.tally import Tally

TICK: Final = 0.002
"""Seconds between looks at who wants to begin. A sleep of less than the loop's millisecond would be none at all: the
client would keep a core busy that the gateway and the database need."""

AT_ONCE: Final = 100
"""Connections opened together: a listener's queue is short."""

LAST_LIVES_SECONDS: Final = 20.0
"""Seconds after the window for what is under way: an honest answer comes within five, and some calls are repeated."""


class Load:
    """All payers of a plan: who begins when."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.tally = Tally(plan.watched)
        self.pause = plan.pause
        self._lives = LIVES[plan.life](plan)
        self._used = 0
        self._lacking = self._over = False
        self._payers: set[Payer] = set()
        self._idle: list[Payer] = []
        self._late: deque[float] = deque()
        """When those wanted to begin who wait for a connection."""
        self._connecting: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        """There are no orders left, and nobody is in the middle of one."""

    async def play(self) -> Figures:
        plan = self._plan
        if not plan.rate:
            for begun in range(0, plan.payers, AT_ONCE):
                await asyncio.gather(*(self._connect() for _ in range(min(AT_ONCE, plan.payers - begun))))
        beginning = asyncio.create_task(self._begin_at_the_rate() if plan.rate else self._begin_all())
        await asyncio.sleep(plan.warmup)
        self.tally.begin()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finished.wait(), plan.seconds)
        self.tally.end()
        self._over = True
        await beginning
        await self._until_quiet()
        busy = len(self._payers) - len(self._idle)
        for payer in self._payers:
            payer.close()
        left_over = busy + len(self._late)
        return self.tally.figures(self._used, orders_lacking=self._lacking, left_over=left_over)

    def idle(self, payer: Payer) -> None:
        """He has nothing to do: the next life, if there is to be one."""
        if self._late:
            self._begin(payer, self._late.popleft())
        elif self._plan.rate or self._over:
            self._idle.append(payer)
        else:
            self._begin(payer, time.perf_counter())

    def lost(self, payer: Payer) -> None:
        """Another connection takes the place of the one that is gone."""
        self._payers.discard(payer)
        if payer in self._idle:
            self._idle.remove(payer)
        if not self._over:
            self._connect_beside()

    async def _connect(self) -> None:
        """The new payer is idle."""
        loop = asyncio.get_running_loop()
        _, payer = await loop.create_connection(lambda: Payer(self), "127.0.0.1", self._plan.port)
        self._payers.add(payer)
        self._idle.append(payer)

    def _connect_beside(self) -> None:
        task = asyncio.get_running_loop().create_task(self._connect_one_more())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect_one_more(self) -> None:
        try:
            await self._connect()
        except OSError as error:
            self.tally.was_wrong(f"no connection: {error.strerror}")
        else:
            self.idle(self._idle.pop())

    def _begin(self, payer: Payer, planned: float) -> None:
        if self._used < self._plan.orders:
            self._used += 1
            payer.begin(self._lives(self._plan.first + self._used - 1), planned)
        else:
            self._lacking = True
            self._late.clear()
            self._idle.append(payer)
            if len(self._idle) == len(self._payers):
                self._finished.set()

    async def _begin_all(self) -> None:
        waiting, self._idle = self._idle, []
        for payer in waiting:
            self.idle(payer)

    async def _begin_at_the_rate(self) -> None:
        """Connections are opened as they are needed, as a provider's are; what that takes is part of the wait."""
        first, begun = time.perf_counter(), 0
        while not self._over:
            while (planned := first + begun / self._plan.rate) <= time.perf_counter():
                begun += 1
                if self._idle:
                    self._begin(self._idle.pop(), planned)
                    continue
                self._late.append(planned)
                if len(self._payers) + len(self._connecting) < self._plan.payers:
                    self._connect_beside()
            await asyncio.sleep(max(TICK, planned - time.perf_counter()))

    async def _until_quiet(self) -> None:
        """Nobody is left in the middle of a payment, if he can be helped."""
        end = time.perf_counter() + LAST_LIVES_SECONDS
        # Looked at now and then: an event would have to be set on the hot path.
        while time.perf_counter() < end and (len(self._idle) < len(self._payers) or self._late):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def main() -> None:
    import uvloop

    plan = Plan.read(sys.stdin.buffer.read())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(runner.run(Load(plan).play()).dump())


if __name__ == "__main__":
    main()
