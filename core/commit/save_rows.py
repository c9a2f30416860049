"""What `save.sql` is given: everything that a batch has decided, as rows for each of its parts.

Several changes of one row are folded into one (first state read, final state): an UPDATE does not see an INSERT of its
own statement. Inserts are sorted by their unique keys: two batches that insert the same new keys in opposite order
would deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from core.db.rows import to_json
from core.domain.events import event_of
from core.domain.unit_of_work import Books, Kept, Move, Order, Payment

Row = dict[str, Any]


def rows_to_save(books: Books, move_ids: Sequence[int]) -> dict[str, list[Row]]:
    """By parameter of `save.sql`. `move_ids`: at least as many as there are moves."""
    orders = [books.orders[i] for i in sorted({move.order.id for move, _ in books.moves})]
    payments = [books.payments[i] for i in sorted({move.payment.id for move, _ in books.moves if move.payment})]
    numbered = list(zip(move_ids[: len(books.moves)], books.moves, strict=True))
    return {
        "order_updates": [_order_update(o, was) for o in orders if (was := books.orders_read.get(o.id))],
        "order_inserts": _order_inserts(o for o in orders if o.id not in books.orders_read),
        "payment_updates": [_payment_update(p, before) for p in payments if (before := books.payments_read.get(p.id))],
        "payment_inserts": _payment_inserts(books, (p for p in payments if p.id not in books.payments_read)),
        "moves": [_move(move_id, move, correlation_id) for move_id, (move, correlation_id) in numbered],
        "events": [_event(move_id, move, event) for move_id, (move, _) in numbered if (event := event_of(move))],
        "kept": [_kept(kept) for kept in sorted(books.newly_kept, key=lambda kept: (kept.key, kept.shop))],
    }


def as_parameters(rows: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Each part's rows as one JSON text; moments become ISO 8601, to the microsecond."""
    return {name: orjson.dumps(part).decode() for name, part in rows.items()}


def _order_update(order: Order, was: Order) -> Row:
    return {
        "id": order.id,
        "state_read": was.state,
        "version_read": was.version,
        "state": order.state,
        "version": order.version,
        "delivered_at": order.delivered_at,
        "changed_at": order.changed_at,
    }


def _order_inserts(orders: Iterable[Order]) -> list[Row]:
    return [_order_insert(order) for order in sorted(orders, key=lambda order: (order.account, order.shop))]


def _order_insert(order: Order) -> Row:
    details = order.details
    assert details is not None, "it has just been opened"
    return {
        "id": order.id,
        "shop": order.shop,
        "account": order.account,
        "kind": order.kind,
        "amount": order.amount,
        "min_amount": order.min_amount,
        "max_amount": order.max_amount,
        "state": order.state,
        "version": order.version,
        "fingerprint": order.fingerprint,
        "description": details.description,
        "items": None if details.items is None else to_json(details.items),
        "shipping": None if details.shipping is None else to_json(details.shipping),
        "metadata": to_json(details.metadata),
        "expires_at": order.expires_at,
        "delivered_at": order.delivered_at,
        "created_at": order.created_at,
        "changed_at": order.changed_at,
    }


def _payment_update(payment: Payment, was: Payment) -> Row:
    return {"id": payment.id, "state_read": was.state, **_changeable(payment)}


def _payment_inserts(books: Books, payments: Iterable[Payment]) -> list[Row]:
    new = sorted(payments, key=lambda payment: (payment.external_id, payment.provider, payment.shop))
    return [_payment_insert(payment, books.orders[payment.order_id]) for payment in new]


def _payment_insert(payment: Payment, order: Order) -> Row:
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "shop": payment.shop,
        "provider": payment.provider,
        "external_id": payment.external_id,
        "account": payment.account_received,
        "one_time": order.one_time,
        "amount": payment.amount,
        "provider_time": payment.opened_at,
        "created_at": payment.created_at,
        "click_paydoc_id": payment.same_payment,
        **_changeable(payment),
    }


def _changeable(payment: Payment) -> Row:
    return {
        "state": payment.state,
        "reason": payment.reason,
        "performed_at": payment.performed_at,
        "cancelled_at": payment.cancelled_at,
        "also_known_as": payment.also_known_as,
        "fiscal_perform": payment.fiscal_perform,
        "fiscal_cancel": payment.fiscal_cancel,
    }


def _move(move_id: int, move: Move, correlation_id: str) -> Row:
    return {
        "id": move_id,
        "shop": move.order.shop,
        "order_id": move.order.id,
        "payment_id": move.payment.id if move.payment else None,
        "verb": move.verb,
        "payment_from": move.payment_was,
        "payment_to": move.payment.state if move.payment else None,
        "order_from": move.order_was,
        "order_to": move.order.state,
        "version": move.order.version,
        "at": move.at,
        "actor": move.actor,
        "correlation_id": correlation_id,
    }


def _event(move_id: int, move: Move, event: tuple[str, Row]) -> Row:
    name, payload = event
    return {
        "move_id": move_id,
        "shop": move.order.shop,
        "order_id": move.order.id,
        "sequence": move.order.version,
        "event": name,
        "payload": payload,
        "due_at": move.at,
    }


def _kept(kept: Kept) -> Row:
    return {
        "shop": kept.shop,
        "key": kept.key,
        "fingerprint": kept.fingerprint,
        "status": kept.status,
        "body": kept.body,
        "created_at": kept.created_at,
    }
