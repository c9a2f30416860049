"""The only SQL that locks or writes payments: one statement for each step, whatever the size of the batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.commit.save_rows import as_parameters, rows_to_save
from core.db.connection import Lent
from core.db.errors import GivenUpError, LostRaceError
from core.db.rows import details_from, order_from, payment_from
from core.db.statement import statement
from core.domain.commands import Account, Attempt, Command, OrderCommand, Ours, Theirs
from core.domain.unit_of_work import Books, Kept, Order, Payment

LOCK: Final = statement(__package__, "lock")
LOCK_WAITING: Final = LOCK.replaced(" SKIP LOCKED", "")
LOAD: Final = statement(__package__, "load")
LOAD_WHOLE: Final = statement(__package__, "load_whole")
LOAD_KEPT: Final = statement(__package__, "load_kept")
SAVE: Final = statement(__package__, "save")
SAVE_WAITING: Final = SAVE.replaced(" SKIP LOCKED", "")

TIMEOUTS: Final = {"lock_timeout": "1s", "statement_timeout": "2s", "idle_timeout": "4s"}
"""Lock < statement < the caller's deadline, so that the database gives up first.

The last is for a connection that is lost without a word: its locks would be held until the server's keepalive finds
out, two hours later by default.
"""

MOST_PAYMENTS_SHOWN: Final = 100
"""A balance can have any number of payments; the shop is shown the newest."""


class PaymentsBusyError(GivenUpError):
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


async def lock(connection: Lent, commands: Sequence[Command], *, wait: bool) -> Locked:
    """Lock the orders that the commands name. `wait`: for those that are held, up to the lock timeout."""
    accounts = [(n, where) for n, command in enumerate(commands) if (where := account_of(command))]
    theirs = [(n, key) for n, command in enumerate(commands) if (key := theirs_of(command))]
    rows = await (LOCK_WAITING if wait else LOCK).on(
        connection,
        {
            **TIMEOUTS,
            "account_n": [n for n, _ in accounts],
            "account_shop": [where.shop for _, where in accounts],
            "account": [where.account for _, where in accounts],
            "theirs_n": [n for n, _ in theirs],
            "theirs_shop": [key.shop for _, key in theirs],
            "theirs_provider": [key.provider for _, key in theirs],
            "theirs_id": [key.external_id for _, key in theirs],
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


async def load(connection: Lent, books: Books, locked: Locked, commands: Sequence[Command]) -> None:
    """Read into the books what the commands may decide upon."""
    order_ids = {order.id for order in locked.orders}
    theirs = [key for command in commands if (key := theirs_of(command))]
    ours = [key for command in commands if isinstance(key := getattr(command, "key", None), Ours)]
    siblings = [command for command in commands if isinstance(command, Attempt)]
    payments: list[Payment] = []
    if order_ids:
        rows = await LOAD.on(
            connection,
            {
                "order_id": [order.id for order in locked.orders if order.one_time],  # a balance has no live payment
                "theirs_shop": [key.shop for key in theirs],
                "theirs_provider": [key.provider for key in theirs],
                "theirs_id": [key.external_id for key in theirs],
                "ours_id": [key.payment_id for key in ours],
                "sibling_id": [command.key.external_id for command in siblings],
                "sibling_number": [command.same_payment for command in siblings],
            },
        )
        payments = [payment_from(row) for row in rows if row["order_id"] in order_ids]
    books.read(locked.orders, payments)
    await _load_for_the_shop(connection, books, [c for c in commands if isinstance(c, OrderCommand)])


async def _load_for_the_shop(connection: Lent, books: Books, commands: Sequence[OrderCommand]) -> None:
    orders = {order.id: order for command in commands if (order := books.order(command.order))}
    if orders:
        rows = await LOAD_WHOLE.on(connection, {"order_id": sorted(orders), "most_payments": MOST_PAYMENTS_SHOWN})
        for row in rows:
            books.add_details(row["id"], details_from(row))
            if row["payment_id"] is not None:
                books.read((), [payment_from(row, row["payment_id"])])
    keys = [(c.order.shop, idempotency.key) for c in commands if (idempotency := getattr(c, "idempotency", None))]
    if keys:
        rows = await LOAD_KEPT.on(connection, {"shop": [shop for shop, _ in keys], "key": [key for _, key in keys]})
        books.read((), (), [Kept(*row) for row in rows])


async def save(connection: Lent, books: Books, move_ids: Sequence[int], *, wait: bool) -> None:
    """Write what the books have come to; raises LostRaceError if a row was not as it was read.

    `wait`: for payments that somebody holds, up to the lock timeout; otherwise raises PaymentsBusyError.
    """
    if not books.moves and not books.newly_kept:
        return
    rows = rows_to_save(books, move_ids)
    (counts,) = await (SAVE_WAITING if wait else SAVE).on(connection, as_parameters(rows))
    if counts["payments_busy"]:
        raise PaymentsBusyError({books.payments[payment_id].order_id for payment_id in counts["payments_busy"]})
    if any(counts[part] != len(rows[part]) for part in ("order_updates", "payment_updates")):
        raise LostRaceError


def account_of(command: Command) -> Account | None:
    """The order that a command names by account."""
    order = getattr(command, "order", None)
    if isinstance(order, Account):
        return order
    key = getattr(command, "key", None)
    return Account(key.shop, key.account) if isinstance(key, Ours) else None


def theirs_of(command: Command) -> Theirs | None:
    """The payment that a command names by the provider's id."""
    key = getattr(command, "key", None)
    return key if isinstance(key, Theirs) else None
