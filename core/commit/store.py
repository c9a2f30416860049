"""The store locks and loads the rows of a batch and says how they are saved; no other SQL writes payments.

Both are functions of the database, one round trip each: `schema/migrations/sql` has them (decision 44).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from core.commit.batch_names import names_in
from core.commit.save_rows import rows_to_save
from core.db.connection import PooledConnection
from core.db.errors import NOT_AS_READ, PAYMENTS_BLOCKED, LostRaceError, RollbackError, sqlstate_of
from core.db.literal import literal
from core.db.rows import all_details_from, order_from, payment_from, receipts_from
from core.db.statement import SqlStatement, statement
from core.db.timeouts import TIMEOUTS
from core.domain.answers import PAYMENTS_SHOWN_MAX
from core.domain.commands import Attempt, AttemptRef, Command, OrderCommand, OrderRef
from core.domain.records import Order, Payment, StoredAnswer
from core.domain.unit_of_work import UnitOfWork
from schema.values import Verb

LOCK_AND_LOAD: Final = SqlStatement("""
    SELECT * FROM lock_and_load_1(
        :accounts, :payments, :otherwise, :waiting, :lock_timeout, :statement_timeout, :idle_timeout
    )
""")
LOAD_SIBLINGS: Final = statement(__package__, "load_siblings")
LOAD_ORDER_DETAILS: Final = statement(__package__, "load_order_details")
LOAD_STORED_ANSWERS: Final = statement(__package__, "load_stored_answers")


class PaymentsBlockedError(RollbackError):
    """Another transaction has locked payments, though not their orders: an operator, say. Nothing written will last."""

    def __init__(self, order_ids: Collection[int]) -> None:
        super().__init__(f"payments of the orders {order_ids} are locked by another transaction")
        self.order_ids = order_ids


@dataclass(frozen=True, slots=True)
class Locked:
    """Holds the orders that a batch has locked, what it could not lock, and payments that were read after that."""

    wanted: Sequence[tuple[int, int]]
    """The commands' numbers, each with an order that it names."""
    orders: Sequence[Order]
    blocked: Mapping[int, int]
    """By number of the command: the order that another transaction has locked."""
    payments: Sequence[Payment]
    """Of the locked orders: what decisions need."""


async def lock_and_load(connection: PooledConnection, commands: Sequence[Command], *, wait: bool) -> Locked:
    """Lock the orders that the commands name, then read them and their payments.

    `wait`: also for those that are blocked, within the lock timeout.
    """
    rows = await LOCK_AND_LOAD.on(
        connection,
        {
            **TIMEOUTS,
            "lock_timeout": TIMEOUTS["lock_timeout" if wait else "batch_lock_timeout"],
            "waiting": wait,
            **names_in(commands),
        },
    )
    wanted, orders, blocked, payments = [], {}, {}, []
    for row in rows:
        numbers = row["commands"]
        if numbers is None:
            if row["order_id"] in orders:
                payments.append(payment_from(row))
            continue
        wanted += [(n, row["wanted"]) for n in numbers]
        if row["locked"] is None:
            blocked.update(dict.fromkeys(numbers, row["wanted"]))
        else:
            orders[row["locked"]] = order_from(row)
    return Locked(wanted, list(orders.values()), blocked, payments)


async def load(connection: PooledConnection, work: UnitOfWork, locked: Locked, commands: Sequence[Command]) -> None:
    """Put into the unit of work what was read with the locks, and read what only then is known to be needed."""
    work.add_rows(locked.orders, locked.payments)
    attempts = [command for command in commands if isinstance(command, Attempt)]
    debits = [ref for command in commands if isinstance(ref := getattr(command, "payment", None), AttemptRef)]
    numbers = _numbers(work, attempts, debits)
    if numbers:
        await _load_siblings(connection, work, attempts, debits, numbers)
    await _load_for_answers(connection, work, [c for c in commands if isinstance(c, OrderCommand)], len(commands) + 1)


async def _load_siblings(
    connection: PooledConnection,
    work: UnitOfWork,
    attempts: Sequence[Attempt],
    debits: Sequence[AttemptRef],
    sent: Collection[tuple[int | None, int]],
) -> None:
    """Read the other attempts at a payment whose number is left out of the call, and stands in what it names."""
    orders = [(work.order(attempt.order), attempt.payment) for attempt in attempts]
    named = [work.attempt(ref) for ref in debits] + [work.named_attempt(o, ref) for o, ref in orders if o is not None]
    numbers = {(payment.payment_number, payment.order_id) for payment in named if payment is not None} - set(sent)
    numbers = {(number, order_id) for number, order_id in numbers if number is not None}
    if numbers:
        rows = await LOAD_SIBLINGS.on(
            connection, {"number": [number for number, _ in numbers], "order_id": [order_id for _, order_id in numbers]}
        )
        work.add_rows((), [payment_from(row) for row in rows if row["order_id"] in work.orders])


def _numbers(
    work: UnitOfWork, attempts: Sequence[Attempt], debits: Sequence[AttemptRef]
) -> Collection[tuple[int | None, int]]:
    """Return the numbers that the calls have sent, each with its order: one number may come with all calls."""
    sent = [(attempt.payment_number, work.order(attempt.order)) for attempt in attempts]
    sent += [(ref.payment_number, work.order(OrderRef(ref.shop, ref.account))) for ref in debits]
    return {(number, order.id) for number, order in sent if order is not None}


async def _load_for_answers(
    connection: PooledConnection, work: UnitOfWork, commands: Sequence[OrderCommand], most_pending: int
) -> None:
    """Read what the shop's own commands answer with: details, payments and their receipts, stored answers."""
    orders = {order.id: order for command in commands if (order := work.order(command.order))}
    if orders:
        shown = {"order_id": sorted(orders), "most_payments": PAYMENTS_SHOWN_MAX, "most_pending": most_pending}
        rows = await LOAD_ORDER_DETAILS.on(connection, shown)
        for row in rows:
            work.add_details(row["id"], all_details_from(row))
            if row["payment_id"] is not None:
                work.add_rows((), [payment_from(row, row["payment_id"])])
                work.add_receipts(row["payment_id"], receipts_from(row))
    keys = [(c.order.shop, idempotency.key) for c in commands if (idempotency := getattr(c, "idempotency", None))]
    if keys:
        rows = await LOAD_STORED_ANSWERS.on(
            connection, {"shop": [shop for shop, _ in keys], "key": [key for _, key in keys]}
        )
        work.add_rows((), (), [StoredAnswer(*row) for row in rows])


def saving(work: UnitOfWork, transition_ids: Sequence[int], *, wait: bool) -> str | None:
    """Write the statement that saves what the batch has decided; None: nothing is to be saved.

    It goes out with the COMMIT, in one message, which takes no parameters. `wait`: for payments that another
    transaction has locked, within the lock timeout.
    """
    if not work.transitions and not work.new_answers:
        return None
    parts = rows_to_save(work, transition_ids).values()
    rows = ", ".join([literal(orjson.dumps(part).decode()) if part else "NULL" for part in parts])
    return f"SELECT save_1({rows}, {wait}, {Verb.REVIVE in work.verbs})"


def rollback_of(error: Exception, work: UnitOfWork) -> RollbackError | None:
    """Return why the statement of `saving` has rolled back, if it raised this error itself."""
    sqlstate = sqlstate_of(error)
    if sqlstate == NOT_AS_READ:
        return LostRaceError(str(error))
    if sqlstate == PAYMENTS_BLOCKED:
        payment_ids = str(getattr(error, "detail", "")).split(",")
        return PaymentsBlockedError({work.payments[int(id_)].order_id for id_ in payment_ids})
    return None
