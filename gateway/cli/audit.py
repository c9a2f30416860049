"""`tiyin audit` checks the database against its invariants."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.common import Failure, address, place_of, served_schema
from gateway.cli.output import echo, echo_json
from gateway.config.settings import Settings, load
from gateway.printable_text import printable

if TYPE_CHECKING:
    from core import Finding

VIOLATED: Final = 1
"""The exit status of an audit with findings."""

SHOWN_EXAMPLES_MAX: Final = 3

NEWER_SCHEMA: Final = (
    "The schema is a newer release's: rows that it wrote may be reported as violations, and its own audit is the one to"
    " trust."
)


def audit(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with up to a hundred examples of each violation.")
    ] = False,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough", help="Compare every row and every event's payload; takes minutes for a million payments."
        ),
    ] = False,
) -> None:
    """Check the database against its invariants. Read-only. Exits with 1 if one is violated."""
    chosen = load(shops_required=False)
    from core import wall_clock

    now = wall_clock()
    with address(chosen) as url:
        newer = served_schema(url).is_newer
        findings, sizes = asyncio.run(audit_database(chosen, url, now, thorough))
        place = place_of(chosen, url)
    if as_json:
        report = {"database": place, **sizes, **_report(findings, now, thorough)}
        echo_json({**report, "note": NEWER_SCHEMA} if newer else report)
    else:
        _show(findings, f"Looked at {sizes['orders']:,} orders and {sizes['payments']:,} payments of {place}.")
        if newer:
            echo(NEWER_SCHEMA)
    raise typer.Exit(VIOLATED if findings else 0)


async def audit_database(
    chosen: Settings, url: str, now: datetime, thorough: bool
) -> "tuple[Sequence[Finding], Mapping[str, int]]":
    """Return what does not hold, and how many orders and payments were looked at."""
    from core import AUDIT_SECONDS, audit_books, count_books, db_error_of, make_engine
    from gateway.periods import periods

    engine = make_engine(url, 2, pooled=chosen.database_pooled, command_timeout=AUDIT_SECONDS)
    try:
        findings = await audit_books(engine, now, periods(chosen).lifetimes, quick=not thorough)
        return findings, await count_books(engine)
    except Exception as error:
        if db_error_of(error).bug:
            raise
        raise Failure(
            "The database did not answer, or not in time: whether the invariants hold is not known. Try again."
        ) from error
    finally:
        await engine.dispose()


def _report(findings: "Sequence[Finding]", now: datetime, thorough: bool) -> dict[str, Any]:
    from core import INVARIANTS

    by_name = {finding.invariant.name: finding for finding in findings}
    return {
        "holds": not findings,
        "at": now.isoformat(),
        "thorough": thorough,
        "invariants": [
            {
                "name": invariant.name,
                "sentence": invariant.sentence,
                "violations": len(by_name[invariant.name].violations) if invariant.name in by_name else 0,
                "more": invariant.name in by_name and by_name[invariant.name].many,
                "examples": by_name[invariant.name].violations if invariant.name in by_name else [],
            }
            for invariant in INVARIANTS
        ],
    }


def _show(findings: "Sequence[Finding]", looked_at: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from core import INVARIANTS
    from gateway.cli.terminal import show_on_terminal

    by_name = {finding.invariant.name: finding for finding in findings}
    table = Table("invariant", "what must hold", "violations", "examples", show_lines=bool(findings))
    for invariant in INVARIANTS:
        finding = by_name.get(invariant.name)
        count = "0" if finding is None else f"{len(finding.violations)}{' or more' if finding.many else ''}"
        examples = (
            [] if finding is None else [_fields(violation) for violation in finding.violations[:SHOWN_EXAMPLES_MAX]]
        )
        style = "" if finding is None else "bold red"
        table.add_row(invariant.name, invariant.sentence, Text(count, style), Text("\n".join(map(printable, examples))))
    show_on_terminal(table)
    echo(looked_at)  # a console would break the line at its width
    echo("The books hold." if not findings else f"{len(findings)} of {len(INVARIANTS)} invariants are violated.")


def _fields(violation: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in violation.items())
