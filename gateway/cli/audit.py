"""`tiyin audit`: are the books in order?"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.common import Failure, address, settings
from gateway.config.settings import Settings

if TYPE_CHECKING:
    from core import Finding

VIOLATED: Final = 1
"""The exit status of an audit that found something."""

SHOWN: Final = 3


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON, with up to a hundred examples.")] = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Row by row, and every payload: minutes, for a million payments.")
    ] = False,
) -> None:
    """Hold the books against their invariants; status 1 if one is violated. Reads only, and locks nothing."""
    chosen = settings(shops_required=False)
    from core import wall_clock
    from gateway.database.migrations import is_current

    now = wall_clock()
    with address(chosen) as url:
        if not is_current(url):
            raise Failure("The database's schema is not the one that this version needs: run `tiyin migrate` first.")
        found = asyncio.run(_audit(chosen, url, now, thorough))
    if as_json:
        typer.echo(json.dumps(_report(found, now, thorough), ensure_ascii=False, indent=2, default=str))
    else:
        _show(found)
    raise typer.Exit(VIOLATED if found else 0)


async def _audit(chosen: Settings, url: str, now: datetime, thorough: bool) -> "Sequence[Finding]":
    from core import AUDIT_SECONDS, audit_books, db_error_of, lifetimes, make_engine

    books = make_engine(url, 2, pooled=chosen.database_pooled, command_timeout=AUDIT_SECONDS)
    try:
        return await audit_books(books, now, lifetimes(timedelta(seconds=chosen.click_reservation)), quick=not thorough)
    except Exception as error:
        if db_error_of(error).bug:
            raise
        raise Failure(
            "The database did not answer, or not in time: nothing is known of the books. Ask again."
        ) from error
    finally:
        await books.dispose()


def _report(found: "Sequence[Finding]", now: datetime, thorough: bool) -> dict[str, Any]:
    from core import INVARIANTS

    wrong = {finding.invariant.name: finding for finding in found}
    return {
        "holds": not found,
        "at": now.isoformat(),
        "thorough": thorough,
        "invariants": [
            {
                "name": invariant.name,
                "sentence": invariant.sentence,
                "violations": len(wrong[invariant.name].violations) if invariant.name in wrong else 0,
                "more": invariant.name in wrong and wrong[invariant.name].many,
                "examples": wrong[invariant.name].violations if invariant.name in wrong else [],
            }
            for invariant in INVARIANTS
        ],
    }


def _show(found: "Sequence[Finding]") -> None:
    from rich.table import Table
    from rich.text import Text

    from core import INVARIANTS
    from gateway.cli.terminal import show_on_terminal

    wrong = {finding.invariant.name: finding for finding in found}
    table = Table("invariant", "what must hold", "violations", "such as", show_lines=bool(found))
    for invariant in INVARIANTS:
        finding = wrong.get(invariant.name)
        many = "0" if finding is None else f"{len(finding.violations)}{' or more' if finding.many else ''}"
        examples = [] if finding is None else [_words(one) for one in finding.violations[:SHOWN]]
        style = "" if finding is None else "bold red"
        table.add_row(invariant.name, invariant.sentence, Text(many, style), Text("\n".join(examples)))
    show_on_terminal(table)
    show_on_terminal("The books hold." if not found else f"{len(found)} of {len(INVARIANTS)} invariants are violated.")


def _words(violation: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in violation.items())
