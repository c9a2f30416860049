"""`tiyin db upgrade` lets the embedded database go on under a newer major version of PostgreSQL."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.audit import audit_database
from gateway.cli.common import Failure
from gateway.cli.output import echo
from gateway.config.settings import load

KEPT = """\
The old one is kept, as it was, in {kept}.
  - To go back, with the tiyin that it was made with and before anything is served from the new one: move {data} away,
    and rename {kept} to {data}. What was paid in between would be lost.
  - Once all is well, and a copy of the new one is made (`tiyin db dump`), remove it.
Not taken over are its settings (postgresql.conf, postgresql.auto.conf, pg_hba.conf): if you changed them, do so again.\
"""


def upgrade(
    programs: Annotated[
        Path | None,
        typer.Option(help="The directory with the older PostgreSQL's programs, if they are not found by themselves."),
    ] = None,
) -> None:
    """Move the embedded database to this tiyin's newer PostgreSQL. Stop the gateway. The old one is kept."""
    chosen = load(shops_required=False)
    if chosen.database_url is not None:
        raise Failure("DATABASE_URL is set: that database is not tiyin's to upgrade.")
    from core import wall_clock
    from gateway.database.upgrade import upgrade as upgrade_database

    violated: list[str] = []

    def audit(url: str) -> None:
        findings, _ = asyncio.run(audit_database(chosen, url, wall_clock(), thorough=False))
        violated.extend(finding.invariant.name for finding in findings)

    data = chosen.tiyin_home.absolute() / "postgres"
    done = upgrade_database(chosen.tiyin_home, programs, audit, echo)
    if done is None:
        echo(f"{data} is of this tiyin's PostgreSQL already: there is nothing to upgrade.")
        return
    if done.rows is None:
        echo(f"The last step was done of an upgrade that was interrupted. {data} is of this tiyin's PostgreSQL.")
    else:
        echo(f"{data} is of this tiyin's PostgreSQL now, with all {done.rows:,} rows and every sequence where it was.")
    if violated:
        echo(f"WARNING: invariants are violated, as they were before ({', '.join(violated)}): run `tiyin audit`.")
    echo(KEPT.format(kept=done.kept, data=data))
