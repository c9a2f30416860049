"""An order export writes finished orders, as one snapshot has them, into a folder."""

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import finished_orders
from gateway.exports.export_folder import ExportFolder
from gateway.exports.order_line import exact_moment, line_bytes, order_line
from gateway.exports.totals import Totals
from schema.releases import this_release

FORMAT: Final = "tiyin-orders/1"


async def export_orders(engine: AsyncEngine, before: datetime, path: Path, *, compress: bool) -> Totals:
    """Export what was finished before this moment. Raises ExportError and TryAgain: then nothing is left there."""
    folder, totals = ExportFolder(path, compress=compress), Totals()
    try:
        async with finished_orders(engine, before) as found:
            async for piece in found.pieces():
                line = order_line(piece)
                totals.add(line)
                folder.write(line_bytes(line))
        folder.finish(
            {
                "format": FORMAT,
                "tiyin": this_release(),
                "schema_revision": found.revision,
                "finished_before": exact_moment(before),
                "read_at": exact_moment(found.read_at),
                "totals": totals.document(),
            }
        )
    except BaseException:
        folder.discard()
        raise
    return totals
