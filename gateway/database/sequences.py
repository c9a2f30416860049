"""After a restored copy every sequence jumps ahead: what was given after the copy was made is not given again."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from gateway.database.migration_errors import MigrationError
from schema.tables import metadata, order_ids, orders, payment_ids, payments, transition_ids, transitions

WIDE_JUMP: Final = 1_000_000_000
WIDE_MAX: Final = 2**60
"""A sequence up to this has room for a billion jumps so wide. Payment ids have not: Click takes none from 2^31 on."""

COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    sequence.name: (table.name, "id")
    for sequence, table in ((order_ids, orders), (payment_ids, payments), (transition_ids, transitions))
}
"""Where the ids of those sequences are kept that belong to no column."""

GATEWAYS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tiyin' AND datname = current_database()"
)

SEQUENCES: Final = text(
    """
    SELECT CAST(CAST(sequence.oid AS regclass) AS text) AS name, sequence.relname AS short_name,
        seqincrement AS step, seqmax AS maximum, owner.relname AS its_table, attname AS its_column
    FROM pg_class sequence
    JOIN pg_sequence ON seqrelid = sequence.oid
    LEFT JOIN pg_depend ON objid = sequence.oid AND classid = CAST('pg_class' AS regclass)
        AND deptype IN ('a', 'i') AND refobjsubid > 0
    LEFT JOIN pg_class owner ON owner.oid = refobjid
    LEFT JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE sequence.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('orders'))
    ORDER BY short_name
    """
)
"""All that are beside the tables, with the column that each belongs to, if to any."""


SET_NEXT: Final = text("SELECT setval(CAST(CAST(:name AS text) AS regclass), :next_id, false)")


class Jump(NamedTuple):
    sequence: str
    size: int
    next_id: int
    maximum: int

    @property
    def left(self) -> int:
        """How many ids there are from the next one on; below 1 if it is beyond the last."""
        return self.maximum - self.next_id + 1


class SequenceError(MigrationError):
    """The sequences were left as they are."""


def refuse_while_used(connection: Connection) -> None:
    """Raise SequenceError while a gateway uses the database."""
    users = connection.execute(GATEWAYS).scalar_one()
    if users:
        raise SequenceError(
            f"A gateway uses this database ({users} connections), and may hold ids that it took before now: stop every"
            " `tiyin serve` on it, and run this again."
        )


def jump_ahead(connection: Connection, ahead: int) -> list[Jump]:
    """Let every sequence go on beyond what it has given, what its table holds, and `ahead` ids more.

    Each call jumps again: how far the one before it came cannot be known. Raises SequenceError.
    """
    refuse_while_used(connection)
    sequences = [sequence for sequence in connection.execute(SEQUENCES) if _is_ours(sequence)]
    jumps = [_jump(connection, sequence, ahead) for sequence in sequences]
    for jump in jumps:
        if jump.left < 1:
            room = jump.left + jump.size - 1
            raise SequenceError(
                f"No sequence was changed: {jump.sequence} has room for a jump of {max(room, 0):,}, and not of"
                f" {jump.size:,}. Give as --ahead how many ids were given at most since the copy was made."
            )
    for jump, sequence in zip(jumps, sequences, strict=True):
        connection.execute(SET_NEXT, {"name": sequence.name, "next_id": jump.next_id})
    return jumps


def _is_ours(sequence: Row[Any]) -> bool:
    """Return whether our tables have their ids from it: there may be others' tables beside them."""
    return sequence.short_name in COLUMNS or sequence.its_table in metadata.tables


def _jump(connection: Connection, sequence: Row[Any], ahead: int) -> Jump:
    last, called = connection.execute(text(f"SELECT last_value, is_called FROM {sequence.name}")).one()  # noqa: S608
    given = last + sequence.step - 1 if called else last - 1  # a step is a block, of which each may have been given
    table, column = COLUMNS.get(sequence.short_name, (sequence.its_table, sequence.its_column))
    held = connection.execute(text(f"SELECT max({column}) FROM {table}")).scalar_one() if table else None  # noqa: S608
    size = max(ahead, WIDE_JUMP) if sequence.maximum >= WIDE_MAX else ahead
    return Jump(sequence.short_name, size, max(given, held or 0) + size + 1, sequence.maximum)
