"""Readiness is whether the gateway should be given calls: it asks what a payment needs, and says what is missing."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import ClockComparison, DatabaseState, Restores, database_state, grants

log = logging.getLogger(__name__)

ASK_SECONDS: Final = 1.0
"""Who asks should not wait longer to learn that the gateway is not ready."""

CLOSE_SECONDS: Final = 1.0
"""For a question that is under way at the end."""

HINTS: Final = {
    "database": "the database does not answer: look whether it runs, and at DATABASE_URL",
    "standby": "the server follows another one: name the primary in DATABASE_URL, or promote this one",
    "read-only": "default_transaction_read_only is on: at the server, the database or the role",
    "restored": "a copy was put in this database's place: stop every `tiyin serve`, run `tiyin db restored` unless that"
    " is done, and start again",
    "schema": "run `tiyin migrate`, or look at the role's search_path",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Keeps payments from being taken."""

    reason: str
    missing: tuple[str, ...] = ()
    hint: str = ""
    skew_seconds: float | None = field(default=None, compare=False)
    """How far our clock is ahead of the database's."""


AWAY: Final = Obstacle("database", hint=HINTS["database"])
RESTORED: Final = Obstacle("restored", hint=HINTS["restored"])

READ_ONLY: Final = frozenset({"standby", "read-only"})
"""Of such a server nothing more is asked, and no connection to it is kept."""


class Readiness:
    """Ready while the database can be paid with and the gateway is not about to stop."""

    def __init__(self, engine: AsyncEngine, clocks: ClockComparison, restores: Restores) -> None:
        self._engine = engine
        self._clocks = clocks
        self._restores = restores
        self._question: asyncio.Task[Obstacle | None] | None = None
        self._obstacle: Obstacle | None = None
        self._denied_beside: tuple[str, ...] = ()
        self.draining = False
        """The gateway is to stop: new calls should go elsewhere, and are still answered."""

    def begin_draining(self) -> bool:
        """Be "not ready" from now on. Returns whether it was before."""
        before, self.draining = self.draining, True
        return before

    async def obstacle(self) -> Obstacle | None:
        """Return what keeps payments from being taken, if anything. A database that takes a second is away.

        A question that hangs is not cancelled: that would be to wait for it. Meanwhile no other is asked.
        """
        question = self._question
        if question is None or question.done():
            question = self._question = asyncio.create_task(self._ask())
        await asyncio.wait({question}, timeout=ASK_SECONDS)
        if not question.done():
            await asyncio.sleep(0)  # the loop may have been busy, and the answer there
        obstacle = question.result() if question.done() else AWAY
        self._log_change(obstacle)
        return obstacle

    async def close(self) -> None:
        """Let a question under way come to its end, if that goes quickly."""
        if self._question is not None:
            await asyncio.wait({self._question}, timeout=CLOSE_SECONDS)
            self._question.cancel()  # and not awaited: a database that hangs would make us wait for it

    async def _ask(self) -> Obstacle | None:
        try:
            state = await database_state(self._engine)
            if state.shortage not in READ_ONLY:
                await self._restores.read(self._engine)
            clock_is_right = state.shortage is not None or await self._clocks.trusted_now(self._engine) is not None
        except Exception:  # a database can be away in many ways: they are one answer
            return AWAY
        self._log_denied_beside(state)
        if state.shortage is None:
            if not self._restores.may_answer:
                return RESTORED
            return None if clock_is_right else Obstacle("clock", skew_seconds=self._clocks.skew.total_seconds())
        hint = HINTS.get(state.shortage) or grants(state.denied, state.role)
        return Obstacle(state.shortage, tuple(state.missing), hint)

    def _log_change(self, obstacle: Obstacle | None) -> None:
        """Log a change of this once, not with every question. The clock has lines of its own."""
        if obstacle == self._obstacle:
            return
        before, self._obstacle = self._obstacle, obstacle
        if obstacle is None:
            if before is not None and before.reason != "clock":
                log.warning("ready again")
        elif obstacle.reason == "clock":
            return
        elif obstacle is AWAY:
            log.warning("database does not answer", extra={"hint": obstacle.hint})
        else:
            log.error(
                "not ready", extra={"reason": obstacle.reason, "missing": obstacle.missing, "hint": obstacle.hint}
            )

    def _log_denied_beside(self, state: DatabaseState) -> None:
        denied = tuple(map(str, state.denied_beside))
        if denied and denied != self._denied_beside:
            log.error("rights missing", extra={"missing": denied, "hint": grants(state.denied_beside, state.role)})
        self._denied_beside = denied
