"""What `save.sql` is given: everything that a batch has decided, as arrays.

Several changes of one row are folded into one (first state read, final state): an UPDATE does not see an INSERT of its
own statement. Inserts are sorted by their unique keys: two batches that insert the same new keys in opposite order
would deadlock.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from core.books import Books, Kept, Move, Order, Payment
from core.events import event_of
from core.rows import to_json


def save_parameters(books: Books, move_ids: Sequence[int]) -> dict[str, Sequence[Any]]:
    """Every bind parameter of `save.sql`. `move_ids`: at least as many as there are moves."""
    orders = [books.orders[i] for i in sorted({move.order.id for move, _ in books.moves})]
    payments = [books.payments[i] for i in sorted({move.payment.id for move, _ in books.moves if move.payment})]
    return {
        **_order_updates(books, [o for o in orders if o.id in books.orders_read]),
        **_order_inserts(o for o in orders if o.id not in books.orders_read),
        **_payment_updates(books, [p for p in payments if p.id in books.payments_read]),
        **_payment_inserts(books, (p for p in payments if p.id not in books.payments_read)),
        **_moves(books.moves, move_ids),
        **_outbox(books.moves, move_ids),
        **_kept(books.newly_kept),
    }


def _order_updates(books: Books, orders: Sequence[Order]) -> dict[str, list[Any]]:
    read = [books.orders_read[order.id] for order in orders]
    return {
        "ou_id": [o.id for o in orders],
        "ou_state_read": [o.state for o in read],
        "ou_version_read": [o.version for o in read],
        "ou_state": [o.state for o in orders],
        "ou_version": [o.version for o in orders],
        "ou_delivered_at": [o.delivered_at for o in orders],
        "ou_changed_at": [o.changed_at for o in orders],
    }


def _order_inserts(orders: Iterable[Order]) -> dict[str, list[Any]]:
    new = sorted(orders, key=lambda order: (order.account, order.shop))
    details = [o.details for o in new if o.details]
    return {
        **{
            f"oi_{column}": [getattr(o, column) for o in new]
            for column in (
                *("id", "shop", "account", "kind", "amount", "min_amount", "max_amount", "state", "version"),
                *("fingerprint", "expires_at", "delivered_at", "created_at", "changed_at"),
            )
        },
        "oi_description": [d.description for d in details],
        "oi_items": [None if d.items is None else to_json(d.items) for d in details],
        "oi_shipping": [None if d.shipping is None else to_json(d.shipping) for d in details],
        "oi_metadata": [to_json(d.metadata) for d in details],
    }


def _payment_updates(books: Books, payments: Sequence[Payment]) -> dict[str, list[Any]]:
    return {
        "pu_id": [p.id for p in payments],
        "pu_state_read": [books.payments_read[p.id].state for p in payments],
        "pu_state": [p.state for p in payments],
        "pu_reason": [p.reason for p in payments],
        "pu_performed_at": [p.performed_at for p in payments],
        "pu_cancelled_at": [p.cancelled_at for p in payments],
        "pu_also_known_as": [_names(p) for p in payments],
        "pu_fiscal_perform": [p.fiscal_perform for p in payments],
        "pu_fiscal_cancel": [p.fiscal_cancel for p in payments],
    }


def _payment_inserts(books: Books, payments: Iterable[Payment]) -> dict[str, list[Any]]:
    new = sorted(payments, key=lambda payment: (payment.external_id, payment.provider, payment.shop))
    return {
        **{
            f"pi_{column}": [getattr(p, column) for p in new]
            for column in (
                *("id", "order_id", "shop", "provider", "external_id", "amount", "state", "reason"),
                *("created_at", "performed_at", "cancelled_at", "fiscal_perform", "fiscal_cancel"),
            )
        },
        "pi_also_known_as": [_names(p) for p in new],
        "pi_account": [p.account_received for p in new],
        "pi_one_time": [books.orders[p.order_id].one_time for p in new],
        "pi_provider_time": [p.opened_at for p in new],
        "pi_click_paydoc_id": [p.same_payment for p in new],
    }


def _names(payment: Payment) -> str:
    return to_json(payment.also_known_as) if payment.also_known_as else "[]"


def _moves(moves: Sequence[tuple[Move, str]], ids: Sequence[int]) -> dict[str, Sequence[Any]]:
    return {
        "m_id": ids[: len(moves)],
        "m_shop": [m.order.shop for m, _ in moves],
        "m_order_id": [m.order.id for m, _ in moves],
        "m_payment_id": [m.payment.id if m.payment else None for m, _ in moves],
        "m_verb": [m.verb for m, _ in moves],
        "m_payment_from": [m.payment_was for m, _ in moves],
        "m_payment_to": [m.payment.state if m.payment else None for m, _ in moves],
        "m_order_from": [m.order_was for m, _ in moves],
        "m_order_to": [m.order.state for m, _ in moves],
        "m_version": [m.order.version for m, _ in moves],
        "m_at": [m.at for m, _ in moves],
        "m_actor": [m.actor for m, _ in moves],
        "m_correlation_id": [correlation_id for _, correlation_id in moves],
    }


def _outbox(moves: Sequence[tuple[Move, str]], ids: Sequence[int]) -> dict[str, list[Any]]:
    told = [(move, id_, event) for (move, _), id_ in zip(moves, ids, strict=False) if (event := event_of(move))]
    return {
        "x_move_id": [id_ for _, id_, _ in told],
        "x_shop": [move.order.shop for move, _, _ in told],
        "x_order_id": [move.order.id for move, _, _ in told],
        "x_sequence": [move.order.version for move, _, _ in told],
        "x_event": [name for _, _, (name, _) in told],
        "x_payload": [to_json(payload) for _, _, (_, payload) in told],
        "x_due_at": [move.at for move, _, _ in told],
    }


def _kept(answers: Iterable[Kept]) -> dict[str, list[Any]]:
    new = sorted(answers, key=lambda kept: (kept.key, kept.shop))
    columns = ("shop", "key", "fingerprint", "status", "body", "created_at")
    return {f"k_{column}": [getattr(kept, column) for kept in new] for column in columns}
