"""Holding the books against their invariants: reads only, locks nothing, in one snapshot of everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.invariants import INVARIANTS, RULES, Invariant
from schema.values import Provider

MOST_SHOWN: Final = 100
"""Violations of one invariant that are read: the first ones lead to the cause of the others."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold, and where."""

    invariant: Invariant
    violations: Sequence[Mapping[str, Any]]

    @property
    def many(self) -> bool:
        """Whether there may be more than those that were read."""
        return len(self.violations) >= MOST_SHOWN


async def audit(engine: AsyncEngine, now: datetime, lifetimes: Mapping[Provider, timedelta]) -> list[Finding]:
    """The invariants that don't hold: none, where all is well."""
    values = {
        **RULES,
        "now": now,
        "provider": list(lifetimes),
        "lifetime": list(lifetimes.values()),
        "limit": MOST_SHOWN,
    }
    findings = []
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for invariant in INVARIANTS:
            rows = (await invariant.query.on(connection, values)).mappings().all()
            if rows:
                findings.append(Finding(invariant, [_said(dict(row)) for row in rows]))
    return findings


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
