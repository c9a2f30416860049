"""The only SQL that locks or writes payments: one statement for each step, whatever the size of the batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.commit.save_rows import as_parameters, rows_to_save
from core.db.connection import PooledConnection
from core.db.errors import LostRaceError, RollbackError
from core.db.rows import details_from, order_from, payment_from
from core.db.statement import statement
from core.db.timeouts import TIMEOUTS
from core.domain.answers import PAYMENTS_SHOWN_MAX
from core.domain.commands import Attempt, Command, ExternalPaymentRef, OrderCommand, OrderRef, PaymentRef
from core.domain.records import Order, Payment, StoredAnswer
from core.domain.unit_of_work import UnitOfWork

LOCK: Final = statement(__package__, "lock")
LOCK_WAITING: Final = LOCK.replaced(" SKIP LOCKED", "")
LOAD: Final = statement(__package__, "load")
LOAD_ORDER_DETAILS: Final = statement(__package__, "load_order_details")
LOAD_STORED_ANSWERS: Final = statement(__package__, "load_stored_answers")
SAVE: Final = statement(__package__, "save")
SAVE_WAITING: Final = SAVE.replaced(" SKIP LOCKED", "")


class PaymentsBusyError(RollbackError):
    """Somebody else holds payments, though not their orders: an operator, say. Nothing was written that would last."""

    def __init__(self, order_ids: Collection[int]) -> None:
        super().__init__(f"payments of the orders {order_ids} are held by somebody else")
        self.order_ids = order_ids


@dataclass(frozen=True, slots=True)
class Locked:
    """What became of a batch's wish for locks."""

    wanted: Sequence[tuple[int, int]]
    """Numbers of the commands, each with an order that it names."""
    orders: Sequence[Order]
    busy: Mapping[int, int]
    """By number of the command: the order that somebody else holds."""


async def lock(connection: PooledConnection, commands: Sequence[Command], *, wait: bool) -> Locked:
    """Lock the orders that the commands name. `wait`: for those that are held, up to the lock timeout."""
    accounts = [(n, where) for n, command in enumerate(commands) if (where := order_ref_of(command))]
    external = [(n, key) for n, command in enumerate(commands) if (key := external_ref_of(command))]
    rows = await (LOCK_WAITING if wait else LOCK).on(
        connection,
        {
            **TIMEOUTS,
            "account_n": [n for n, _ in accounts],
            "account_shop": [where.shop for _, where in accounts],
            "account": [where.account for _, where in accounts],
            "external_n": [n for n, _ in external],
            "external_shop": [key.shop for _, key in external],
            "external_provider": [key.provider for _, key in external],
            "external_ids": [key.external_id for _, key in external],
        },
    )
    wanted, orders, busy = [], [], {}
    for row in rows:
        wanted += [(n, row["wanted"]) for n in row["commands"]]
        if row["got"] is None:
            busy.update(dict.fromkeys(row["commands"], row["wanted"]))
        else:
            orders.append(order_from(row))
    return Locked(wanted, orders, busy)


async def load(connection: PooledConnection, work: UnitOfWork, locked: Locked, commands: Sequence[Command]) -> None:
    """Read into the books what the commands may decide upon."""
    order_ids = {order.id for order in locked.orders}
    external = [key for command in commands if (key := external_ref_of(command))]
    own_ids = [key for command in commands if isinstance(key := getattr(command, "key", None), PaymentRef)]
    siblings = [command for command in commands if isinstance(command, Attempt)]
    payments: list[Payment] = []
    if order_ids:
        rows = await LOAD.on(
            connection,
            {
                "order_id": [order.id for order in locked.orders if order.one_time],  # a balance has no live payment
                "external_shop": [key.shop for key in external],
                "external_provider": [key.provider for key in external],
                "external_ids": [key.external_id for key in external],
                "payment_ids": [key.payment_id for key in own_ids],
                "sibling_id": [command.key.external_id for command in siblings],
                "sibling_number": [command.same_payment for command in siblings],
            },
        )
        payments = [payment_from(row) for row in rows if row["order_id"] in order_ids]
    work.read(locked.orders, payments)
    await _load_for_the_shop(connection, work, [c for c in commands if isinstance(c, OrderCommand)])


async def _load_for_the_shop(connection: PooledConnection, work: UnitOfWork, commands: Sequence[OrderCommand]) -> None:
    orders = {order.id: order for command in commands if (order := work.order(command.order))}
    if orders:
        rows = await LOAD_ORDER_DETAILS.on(
            connection, {"order_id": sorted(orders), "most_payments": PAYMENTS_SHOWN_MAX}
        )
        for row in rows:
            work.add_details(row["id"], details_from(row))
            if row["payment_id"] is not None:
                work.read((), [payment_from(row, row["payment_id"])])
    keys = [(c.order.shop, idempotency.key) for c in commands if (idempotency := getattr(c, "idempotency", None))]
    if keys:
        rows = await LOAD_STORED_ANSWERS.on(
            connection, {"shop": [shop for shop, _ in keys], "key": [key for _, key in keys]}
        )
        work.read((), (), [StoredAnswer(*row) for row in rows])


async def save(connection: PooledConnection, work: UnitOfWork, transition_ids: Sequence[int], *, wait: bool) -> None:
    """Write what the books have come to; raises LostRaceError if a row was not as it was read.

    `wait`: for payments that somebody holds, up to the lock timeout; otherwise raises PaymentsBusyError.
    """
    if not work.transitions and not work.new_answers:
        return
    rows = rows_to_save(work, transition_ids)
    (counts,) = await (SAVE_WAITING if wait else SAVE).on(connection, as_parameters(rows))
    if counts["payments_busy"]:
        raise PaymentsBusyError({work.payments[payment_id].order_id for payment_id in counts["payments_busy"]})
    if any(counts[part] != len(rows[part]) for part in ("order_updates", "payment_updates")):
        raise LostRaceError


def order_ref_of(command: Command) -> OrderRef | None:
    """The order that a command names by account."""
    order = getattr(command, "order", None)
    if isinstance(order, OrderRef):
        return order
    key = getattr(command, "key", None)
    return OrderRef(key.shop, key.account) if isinstance(key, PaymentRef) else None


def external_ref_of(command: Command) -> ExternalPaymentRef | None:
    """The payment that a command names by the provider's id."""
    key = getattr(command, "key", None)
    return key if isinstance(key, ExternalPaymentRef) else None
