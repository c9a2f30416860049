"""A restore is marked in the database in three steps: a copy was put in its place, it is in use again, reconciled."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from gateway.database.migration_errors import MigrationError
from gateway.database.migrations import under_lock
from gateway.database.sequences import Jump, jump_ahead, refuse_while_used
from schema.tables import payment_ids

PENDING_SHOWN_MAX: Final = 20

MARK: Final = text("""
    INSERT INTO restores (at)
    SELECT clock_timestamp() WHERE NOT EXISTS (SELECT FROM restores WHERE resumed_at IS NULL)
""")

RESUME: Final = text("""
    UPDATE restores SET resumed_at = clock_timestamp(), first_payment_id = :first_payment_id WHERE resumed_at IS NULL
""")

FINISH: Final = text("UPDATE restores SET reconciled_at = clock_timestamp() WHERE reconciled_at IS NULL")

OPEN: Final = text("""
    SELECT count(*) FILTER (WHERE resumed_at IS NULL), coalesce(max(first_payment_id), 0)
    FROM restores WHERE reconciled_at IS NULL
""")

HOLDINGS: Final = text("""
    SELECT shop, provider, count(*) AS payments, count(*) FILTER (WHERE state = 'pending') AS pending,
        max(created_at) AS opened_at, max(performed_at) AS paid_at, max(cancelled_at) AS ended_at
    FROM payments GROUP BY shop, provider ORDER BY shop, provider
""")

PENDING: Final = text("""
    SELECT p.shop, p.provider, o.account, p.external_id, p.amount, p.created_at AS opened_at
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.state = 'pending' AND p.id < :reconciled_from
    ORDER BY least(p.provider_time, p.created_at), p.id LIMIT :limit
""")

PENDING_COUNT: Final = text("SELECT count(*) FROM payments WHERE state = 'pending' AND id < :reconciled_from")


class NotRestoredError(MigrationError):
    """Nothing was marked as reconciled."""


class Holding(NamedTuple):
    """What the database has of one shop's payments through one provider, and until when."""

    shop: str
    provider: str
    payments: int
    pending: int
    opened_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None

    @property
    def last_at(self) -> datetime:
        return max(moment for moment in (self.opened_at, self.paid_at, self.ended_at) if moment is not None)


class OldPending(NamedTuple):
    """A payment that was pending when the copy was made."""

    shop: str
    provider: str
    account: str
    external_id: str
    amount: int
    opened_at: datetime


class Comparison(NamedTuple):
    """What is to be compared with the providers' cabinets."""

    holdings: list[Holding]
    pending: list[OldPending]
    """Of those that are from before the restore the oldest."""
    pending_count: int


def standing(url: str) -> str | None:
    """Say in a sentence what is still to be done about a restore; None if nothing is."""
    suspended, reconciled_from = under_lock(url, lambda connection: connection.execute(OPEN).one())
    if suspended:
        return "It was restored from a copy and is not in use yet: run `tiyin db restored`."
    if reconciled_from:
        return (
            "It was restored from a copy: compare the payments from before with the providers' cabinets, then run"
            " `tiyin db restored --done`."
        )
    return None


def mark(url: str) -> None:
    """Let nothing be answered from this database before it is resumed. Raises SequenceError while a gateway uses it."""
    under_lock(url, _mark)


def _mark(connection: Connection) -> None:
    refuse_while_used(connection)
    connection.execute(MARK)


def resume(url: str, ahead: int) -> tuple[list[Jump], Comparison]:
    """Let every sequence jump, and the database be used again. Raises SequenceError."""
    return under_lock(url, lambda connection: _resume(connection, ahead))


def _resume(connection: Connection, ahead: int) -> tuple[list[Jump], Comparison]:
    jumps = jump_ahead(connection, ahead)
    (first,) = (jump.next_id for jump in jumps if jump.sequence == payment_ids.name)
    connection.execute(RESUME, {"first_payment_id": first})
    return jumps, _comparison(connection, first)


def finish(url: str) -> Comparison:
    """Mark every restore as reconciled. Returns what is left. Raises NotRestoredError."""
    return under_lock(url, _finish)


def _finish(connection: Connection) -> Comparison:
    suspended, reconciled_from = connection.execute(OPEN).one()
    if suspended:
        raise NotRestoredError("The copy is not in use yet: run `tiyin db restored` first, without --done.")
    if not reconciled_from:
        raise NotRestoredError("No restore is to be reconciled: `tiyin db restored` was not run, or --done was before.")
    connection.execute(FINISH)
    return _comparison(connection, reconciled_from)


def _comparison(connection: Connection, reconciled_from: int) -> Comparison:
    values = {"reconciled_from": reconciled_from}
    pending = connection.execute(PENDING, {**values, "limit": PENDING_SHOWN_MAX})
    return Comparison(
        [Holding(*row) for row in connection.execute(HOLDINGS)],
        [OldPending(*row) for row in pending],
        connection.execute(PENDING_COUNT, values).scalar_one(),
    )
