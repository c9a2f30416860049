"""The store locks, loads and saves the rows of a batch, one statement for each step; no other SQL writes payments."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.commit.save_rows import as_parameters, receipts_to_save, rows_to_save, terms_to_save
from core.db.connection import PooledConnection
from core.db.errors import LostRaceError, RollbackError
from core.db.rows import all_details_from, order_from, payment_from, receipts_from
from core.db.statement import SqlStatement, statement
from core.db.timeouts import TIMEOUTS
from core.domain.answers import PAYMENTS_SHOWN_MAX
from core.domain.commands import (
    Attempt,
    AttemptRef,
    Command,
    ExternalPaymentRef,
    OrderCommand,
    OrderRef,
    PaymentRef,
    ReleaseOrder,
)
from core.domain.records import Order, StoredAnswer
from core.domain.unit_of_work import UnitOfWork
from schema.values import Verb


def without_ends(save: SqlStatement) -> SqlStatement:
    """Make the statement with one part for all updates of payments: enough, and quicker, where none is revived.

    What ends and what is inserted after it are parts of their own even so.
    """
    part = save.sql[save.sql.index("payment_ends AS (") : save.sql.index("payment_updates AS (")]
    shorter = save.replaced(part, "").replaced("NOT n.ends AND ", "")
    return shorter.replaced("(SELECT count(*) FROM payment_ends) + ", "").replaced("payment_ends", "order_inserts")


NAME_A_PAYMENT_BY_ID: Final = (PaymentRef, AttemptRef)
"""Both with the account of its order."""

LOCK: Final = statement(__package__, "lock")
NONE_NAMED: Final[Mapping[str, Sequence[object]]] = dict.fromkeys(
    (
        *("order_id", "external_shop", "external_provider", "external_ids"),
        *("payment_ids", "sibling_id", "sibling_number", "sibling_order"),
    ),
    (),
)
"""The parameters of `load.sql` that name no payment."""

LOCK_WAITING: Final = LOCK.replaced(" SKIP LOCKED", "")
LOAD: Final = statement(__package__, "load")
LOAD_ORDER_DETAILS: Final = statement(__package__, "load_order_details")
LOAD_STORED_ANSWERS: Final = statement(__package__, "load_stored_answers")
SAVE_REVIVAL: Final = statement(__package__, "save")
SAVE: Final = without_ends(SAVE_REVIVAL)
SAVE_WAITING: Final = SAVE.replaced(" SKIP LOCKED", "")
SAVE_REVIVAL_WAITING: Final = SAVE_REVIVAL.replaced(" SKIP LOCKED", "")
SAVE_TERMS: Final = statement(__package__, "save_terms")
SAVE_RECEIPTS: Final = statement(__package__, "save_receipts")


class PaymentsBlockedError(RollbackError):
    """Another transaction has locked payments, though not their orders: an operator, say. Nothing written will last."""

    def __init__(self, order_ids: Collection[int]) -> None:
        super().__init__(f"payments of the orders {order_ids} are locked by another transaction")
        self.order_ids = order_ids


@dataclass(frozen=True, slots=True)
class Locked:
    """Holds the orders that a batch has locked, and what it could not lock."""

    wanted: Sequence[tuple[int, int]]
    """The commands' numbers, each with an order that it names."""
    orders: Sequence[Order]
    blocked: Mapping[int, int]
    """By number of the command: the order that another transaction has locked."""


async def lock(connection: PooledConnection, commands: Sequence[Command], *, wait: bool) -> Locked:
    """Lock the orders that the commands name. `wait`: also those that are blocked, within the lock timeout."""
    accounts = [(n, order) for n, command in enumerate(commands) if (order := order_ref_of(command))]
    external = [(n, payment) for n, command in enumerate(commands) if (payment := external_ref_of(command))]
    rows = await (LOCK_WAITING if wait else LOCK).on(
        connection,
        {
            **TIMEOUTS,
            "lock_timeout": TIMEOUTS["lock_timeout" if wait else "batch_lock_timeout"],
            "account_n": [n for n, _ in accounts],
            "account_shop": [order.shop for _, order in accounts],
            "account": [order.account for _, order in accounts],
            "external_n": [n for n, _ in external],
            "external_shop": [payment.shop for _, payment in external],
            "external_provider": [payment.provider for _, payment in external],
            "external_ids": [payment.external_id for _, payment in external],
        },
    )
    wanted, orders, blocked = [], [], {}
    for row in rows:
        wanted += [(n, row["wanted"]) for n in row["commands"]]
        if row["locked"] is None:
            blocked.update(dict.fromkeys(row["commands"], row["wanted"]))
        else:
            orders.append(order_from(row))
    return Locked(wanted, orders, blocked)


async def load(connection: PooledConnection, work: UnitOfWork, locked: Locked, commands: Sequence[Command]) -> None:
    """Read into the unit of work what the commands are decided by."""
    refs = [getattr(command, "payment", None) for command in commands]
    attempts = [command for command in commands if isinstance(command, Attempt)]
    debits = [ref for ref in refs if isinstance(ref, AttemptRef)]
    nameless = [ref for ref in debits if ref.payment_id is None]
    external = [(ref.shop, ref.provider, ref.external_id) for ref in refs if isinstance(ref, ExternalPaymentRef)]
    external += [(ref.shop, ref.provider, ref.external_id) for ref in nameless]
    work.add_rows(locked.orders, ())
    numbers = _numbers(work, attempts, debits)
    if locked.orders:
        await _load_payments(
            connection,
            work,
            {
                "order_id": [order.id for order in locked.orders if order.one_time],  # a balance has no live payment
                "external_shop": [shop for shop, _, _ in external],
                "external_provider": [provider for _, provider, _ in external],
                "external_ids": [external_id for _, _, external_id in external],
                "payment_ids": [ref.payment_id for ref in refs if isinstance(ref, NAME_A_PAYMENT_BY_ID)]
                + [command.payment_id for command in commands if isinstance(command, ReleaseOrder)],
                "sibling_id": [attempt.payment.external_id for attempt in attempts]
                + [ref.external_id for ref in nameless],
                **_siblings(numbers),
            },
        )
    if numbers:
        await _load_siblings(connection, work, attempts, debits, numbers)
    await _load_for_answers(connection, work, [c for c in commands if isinstance(c, OrderCommand)], len(commands) + 1)


async def _load_payments(connection: PooledConnection, work: UnitOfWork, named: Mapping[str, Sequence[object]]) -> None:
    """Read payments of the locked orders, by the parameters of `load.sql`; those that are left out name none."""
    rows = await LOAD.on(connection, {**NONE_NAMED, **named})
    payments = [payment_from(row) for row in rows if row["order_id"] in work.orders]
    work.add_rows((), payments)


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
        await _load_payments(connection, work, _siblings(numbers))


def _numbers(
    work: UnitOfWork, attempts: Sequence[Attempt], debits: Sequence[AttemptRef]
) -> Collection[tuple[int | None, int]]:
    """Return the numbers that the calls have sent, each with its order: one number may come with all calls."""
    sent = [(attempt.payment_number, work.order(attempt.order)) for attempt in attempts]
    sent += [(ref.payment_number, work.order(OrderRef(ref.shop, ref.account))) for ref in debits]
    return {(number, order.id) for number, order in sent if order is not None}


def _siblings(numbers: Collection[tuple[int | None, int]]) -> Mapping[str, Sequence[object]]:
    """Return the parameters of `load.sql` that name the other attempts at payments."""
    return {"sibling_number": [number for number, _ in numbers], "sibling_order": [order for _, order in numbers]}


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


async def save(connection: PooledConnection, work: UnitOfWork, transition_ids: Sequence[int], *, wait: bool) -> None:
    """Write what the batch has decided. Raises LostRaceError if a row was not as it was read.

    `wait`: for payments that another transaction has locked, within the lock timeout; otherwise raises
    PaymentsBlockedError.
    """
    if not work.transitions and not work.new_answers:
        return
    rows = rows_to_save(work, transition_ids)
    if Verb.REVIVE in work.verbs:
        saving = SAVE_REVIVAL_WAITING if wait else SAVE_REVIVAL
    else:
        saving = SAVE_WAITING if wait else SAVE
    (counts,) = await saving.on(connection, as_parameters(rows))
    if counts["blocked_payments"]:
        raise PaymentsBlockedError({work.payments[payment_id].order_id for payment_id in counts["blocked_payments"]})
    if any(counts[part] != len(rows[part]) for part in ("order_updates", "payment_updates")):
        raise LostRaceError
    terms = terms_to_save(work)
    if terms and len(await SAVE_TERMS.on(connection, as_parameters({"terms": terms}))) != len(terms):
        raise LostRaceError
    receipts = receipts_to_save(work)
    if receipts and len(await SAVE_RECEIPTS.on(connection, as_parameters({"receipts": receipts}))) != len(receipts):
        raise LostRaceError


def order_ref_of(command: Command) -> OrderRef | None:
    """Return the order that a command names by its account."""
    order = getattr(command, "order", None)
    if isinstance(order, OrderRef):
        return order
    payment = getattr(command, "payment", None)
    return OrderRef(payment.shop, payment.account) if isinstance(payment, NAME_A_PAYMENT_BY_ID) else None


def external_ref_of(command: Command) -> ExternalPaymentRef | None:
    """Return the payment that a command names by the provider's id."""
    payment = getattr(command, "payment", None)
    return payment if isinstance(payment, ExternalPaymentRef) else None
