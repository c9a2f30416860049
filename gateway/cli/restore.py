"""`tiyin db restored` is run once a copy of the database has been put in its place, before the gateway starts on it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, address, place_of, schema_to_serve_on, shown_shop
from gateway.cli.output import echo
from gateway.config.settings import Settings, load
from gateway.printable_text import printable

if TYPE_CHECKING:
    from gateway.database.restores import Comparison, Holding
    from gateway.database.sequences import Jump

AHEAD: Final = 1_000_000
FEW_JUMPS: Final = 10

NEXT_STEPS: Final = """\
What remains to be done:
  - Start the gateway. Every process that was not stopped for this must be restarted: it holds ids from before.
  - Run `tiyin audit`.
  - Compare with the cabinets of Payme and Click what was paid, and given back, since the copy was made: none of that is
    in this database. A debit under an id that was given after the copy was made is refused, so that Click gives the
    money back.
  - Then run `tiyin db restored --done`. Until then no time is over for a payment from before: it is taken whenever its
    provider says so, its order stays reserved, and neither the clock nor the shop ends it.\
"""


NEWER_SCHEMA: Final = (
    "  - The schema is a newer release's, which may have sequences that this one does not know: before you go forward"
    " again, run that release's `tiyin db restored`, too."
)


def restored(
    ahead: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many payment ids were given since the copy was made, at most: one for each payment and attempt,"
            " and 256 for each start of a process.",
        ),
    ] = AHEAD,
    done: Annotated[
        bool, typer.Option("--done", help="The payments were compared with the cabinets: time goes on for them.")
    ] = False,
) -> None:
    """After a restore or a failover that lost something: let no id be given that was given before. Stop the gateway.

    Until then a gateway on a restored database asks every caller to try again.
    """
    chosen = load(shops_required=False)
    from gateway.database import restores

    with address(chosen) as url:
        newer = schema_to_serve_on(chosen, url).is_newer
        place = place_of(chosen, url)
        if done:
            if ahead != AHEAD:
                raise Failure("Give --ahead or --done, not both.")
            lines = _reconciled(chosen, restores.finish(url), place)
        else:
            restores.mark(url)  # if what follows fails, or is killed, nothing is answered
            lines = _resumed(chosen, *restores.resume(url, ahead), place, ahead)
    for line in lines:
        echo(line)
    if newer and not done:
        echo(NEWER_SCHEMA)


def _resumed(chosen: Settings, jumps: "list[Jump]", comparison: "Comparison", place: str, ahead: int) -> Iterator[str]:
    yield f"In {place} the next ids are:"
    for jump in jumps:
        room = f"{jump.left:,} left, room for {jump.left // jump.size:,} more such jumps"
        yield f"  {jump.sequence}: from {jump.next_id:,} on ({jump.size:,} ahead; {room})"
    yield f"No id is given twice if no more than {ahead:,} were given since the copy was made (--ahead)."
    for jump in jumps:
        if jump.left < FEW_JUMPS * jump.size:
            yield (
                f"WARNING: {jump.sequence} has room for less than {FEW_JUMPS} more such jumps: give --ahead no larger"
                " than it has to be."
            )
    yield from _holdings(chosen, comparison.holdings)
    yield from _pending(chosen, comparison)
    yield NEXT_STEPS


def _reconciled(chosen: Settings, comparison: "Comparison", place: str) -> Iterator[str]:
    yield f"In {place} time goes on for the payments from before the restore; gateways notice it within seconds."
    yield from _pending(chosen, comparison)
    if comparison.pending_count:
        yield "Those whose time is over are ended within a minute."


def _holdings(chosen: Settings, holdings: "Sequence[Holding]") -> Iterator[str]:
    """Until when the database knows of what: all that the cabinets have of later is missing."""
    yield "What this database has, to be compared with the cabinets; what they have of later is missing here:"
    last = max((holding.last_at for holding in holdings), default=None)
    yield f"  newest change of a payment: {_moment(last)}"
    for holding in holdings:
        yield (
            f"  {printable(shown_shop(chosen, holding.shop))}, {holding.provider}: {holding.payments:,} payments,"
            f" {holding.pending:,} of them pending; the last was opened {_moment(holding.opened_at)}, paid"
            f" {_moment(holding.paid_at)}, cancelled or given back {_moment(holding.ended_at)}"
        )


def _pending(chosen: Settings, comparison: "Comparison") -> Iterator[str]:
    from gateway.cli.terminal import money

    yield f"Pending payments from before: {comparison.pending_count:,}"
    for payment in comparison.pending:
        yield (
            f"  {printable(shown_shop(chosen, payment.shop))}, {payment.provider} {printable(payment.external_id)}:"
            f" order {printable(payment.account)}, {money(payment.amount)}, opened {_moment(payment.opened_at)}"
        )
    if (more := comparison.pending_count - len(comparison.pending)) > 0:
        yield f"  and {more:,} that were opened after these"


def _moment(time: datetime | None) -> str:
    return "never" if time is None else time.astimezone().isoformat(" ", "seconds")
