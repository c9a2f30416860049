"""`tiyin export orders` writes finished orders into a folder, `tiyin export check` says whether one is whole."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, database, place_of
from gateway.cli.output import echo
from gateway.config.settings import Settings, load

if TYPE_CHECKING:
    from gateway.exports.totals import Totals

export = typer.Typer(help="Write finished orders into files, and check them.", no_args_is_help=True)

KEEP: Final = "The sum of its manifest, to be kept elsewhere: sha256 {}"


@export.command()
def orders(
    folder: Annotated[Path, typer.Argument(help="Where to write them; new or empty.")],
    finished_before: Annotated[
        str,
        typer.Option(
            help="A day in Tashkent (2026-01-01) or a moment: orders that were finished before it, and unchanged since."
        ),
    ],
    compress: Annotated[bool, typer.Option("--gzip", help="Compress the files.")] = False,
) -> None:
    """Export finished orders with all that belongs to them. Only the owner may read the files. Deletes nothing."""
    chosen = load(shops_required=False)
    before = _moment(finished_before)
    from gateway.exports.export_check import sha256_of
    from gateway.exports.export_folder import MANIFEST, ExportError

    with database(chosen) as url:
        try:
            totals = asyncio.run(_export(chosen, url, before, folder, compress=compress))
        except ExportError as error:
            raise Failure(str(error)) from None
        place = place_of(chosen, url)
    echo(f"{totals['orders']:,} orders and {totals['payments']:,} payments of {place} are in {folder}.")
    echo(KEEP.format(sha256_of(folder / MANIFEST)))


@export.command()
def check(folder: Annotated[Path, typer.Argument(help="What `tiyin export orders` has written.")]) -> None:
    """Check an export: is it whole, and as it was written? Needs no database. Exits with 1 if it is not."""
    from gateway.exports.export_check import check_export, sha256_of
    from gateway.exports.export_folder import MANIFEST, ExportError

    try:
        totals = check_export(folder)["totals"]
    except ExportError as error:
        raise Failure(str(error)) from None
    echo(f"{folder} is whole: {totals['orders']:,} orders and {totals['payments']:,} payments.")
    echo(KEEP.format(sha256_of(folder / MANIFEST)))


async def _export(chosen: Settings, url: str, before: datetime, folder: Path, *, compress: bool) -> "Totals":
    from core import AUDIT_SECONDS, TryAgain, make_engine
    from gateway.exports.order_export import export_orders

    engine = make_engine(url, 1, pooled=chosen.database_pooled, command_timeout=AUDIT_SECONDS)
    try:
        return await export_orders(engine, before, folder, compress=compress)
    except TryAgain as error:
        raise Failure("The database did not answer, or not in time, and nothing is exported. Try again.") from error
    finally:
        await engine.dispose()


def _moment(text: str) -> datetime:
    from core import TASHKENT, wall_clock

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text!r} is neither a day such as 2026-01-01 nor a moment such as 2026-01-01T12:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=TASHKENT)
    if moment > wall_clock():
        raise Failure(f"{text} is still to come: until then orders may be finished.")
    return moment
