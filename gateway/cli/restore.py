"""`tiyin db restored` is run once a copy of the database has been put in its place, before the gateway starts on it."""

from typing import Annotated, Final

import typer

from gateway.cli.common import database, place_of
from gateway.config.settings import load

AHEAD: Final = 1_000_000
FEW_JUMPS: Final = 10

NEXT_STEPS: Final = """\
What remains to be done:
  - Start the gateway. Every process that was not stopped for this must be restarted: it holds ids from before.
  - Run `tiyin audit`.
  - Compare with the cabinets of Payme and Click what was paid, and given back, since the copy was made: none of that is
    in this database. A debit under an id that was given after the copy was made is refused, so that Click gives the
    money back.\
"""


def restored(
    ahead: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many payment ids were given since the copy was made, at most: one for each payment and attempt,"
            " and 256 for each start of a process.",
        ),
    ] = AHEAD,
) -> None:
    """After a restore or a failover that lost something: let no id be given that was given before. Stop the gateway."""
    chosen = load(shops_required=False)
    from gateway.database.sequences import jump_ahead

    with database(chosen) as url:
        jumps = jump_ahead(url, ahead)
        place = place_of(chosen, url)
    typer.echo(f"In {place} the next ids are:")
    for jump in jumps:
        room = f"{jump.left:,} left, room for {jump.left // jump.size:,} more such jumps"
        typer.echo(f"  {jump.sequence}: from {jump.next_id:,} on ({jump.size:,} ahead; {room})")
    typer.echo(f"No id is given twice if no more than {ahead:,} were given since the copy was made (--ahead).")
    for jump in jumps:
        if jump.left < FEW_JUMPS * jump.size:
            typer.echo(
                f"WARNING: {jump.sequence} has room for less than {FEW_JUMPS} more such jumps: give --ahead no larger"
                " than it has to be."
            )
    typer.echo(NEXT_STEPS)
