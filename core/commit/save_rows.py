"""A unit of work becomes the rows that `save_1` writes, a list for each of its parts.

Several changes of one row are folded into one (first state read, final state). Inserts are sorted by their unique keys:
two batches that insert the same new keys in opposite order would deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from core.domain.events import event_of
from core.domain.json_text import to_json
from core.domain.records import LIVE, Order, Payment, StoredAnswer, Transition
from core.domain.unit_of_work import UnitOfWork
from schema.tables import RECEIPTS
from schema.values import OrderVerb, Verb

Row = dict[str, Any]

CHANGE_TERMS: Final = frozenset({OrderVerb.AMEND, OrderVerb.REOPEN})


def rows_to_save(work: UnitOfWork, transition_ids: Sequence[int]) -> dict[str, list[Row]]:
    """Return the rows by part, as `save_1` takes them in turn. `transition_ids`: as many as transitions, or more."""
    orders = [work.orders[i] for i in sorted({transition.order.id for transition, _ in work.transitions})]
    payments = [
        work.payments[i]
        for i in sorted({transition.payment.id for transition, _ in work.transitions if transition.payment})
    ]
    numbered = list(zip(transition_ids[: len(work.transitions)], work.transitions, strict=True))
    return {
        "order_updates": [_order_update(o, first) for o in orders if (first := work.orders_read.get(o.id))],
        "order_inserts": _order_inserts(o for o in orders if o.id not in work.orders_read),
        "payment_updates": [_payment_update(p, before) for p in payments if (before := work.payments_read.get(p.id))],
        "payment_inserts": _payment_inserts(work, (p for p in payments if p.id not in work.payments_read)),
        "transitions": [
            _transition(transition_id, transition, correlation_id)
            for transition_id, (transition, correlation_id) in numbered
        ],
        "events": [
            _event(transition_id, transition, event)
            for transition_id, (transition, _) in numbered
            if (event := event_of(transition, transition_id))
        ],
        "stored_answers": [
            _stored_answer(stored) for stored in sorted(work.new_answers, key=lambda stored: (stored.key, stored.shop))
        ],
        "terms": _terms_to_save(work),
        "receipts": _receipts_to_save(work),
    }


def _terms_to_save(work: UnitOfWork) -> list[Row]:
    """For orders that were read before they were amended or reopened."""
    if CHANGE_TERMS.isdisjoint(work.verbs):
        return []
    changed = {transition.order.id for transition, _ in work.transitions if transition.verb in CHANGE_TERMS}
    return [_terms(work.orders[order_id]) for order_id in sorted(changed & work.orders_read.keys())]


def _receipts_to_save(work: UnitOfWork) -> list[Row]:
    """For payments that receipts or failures came for: with these alone."""
    if Verb.FISCALISE not in work.verbs:
        return []
    changed = {t.payment.id for t, _ in work.transitions if t.verb is Verb.FISCALISE and t.payment is not None}
    return [_receipts(work.payments[id_], work.receipts_read.get(id_, {})) for id_ in sorted(changed)]


def _order_update(order: Order, before: Order) -> Row:
    return {
        "id": order.id,
        "state_read": before.state,
        "version_read": before.version,
        "state": order.state,
        "version": order.version,
        "delivered_at": order.delivered_at,
        "changed_at": order.changed_at,
        **_totals(order),
    }


def _totals(order: Order) -> Row:
    return {
        "payment_count": order.payment_count,
        "paid_total": order.paid_total,
        "reversed_total": order.reversed_total,
    }


def _order_inserts(orders: Iterable[Order]) -> list[Row]:
    return [_order_insert(order) for order in sorted(orders, key=lambda order: (order.account, order.shop))]


def _terms(order: Order) -> Row:
    return {"version": order.version, **_order_insert(order)}


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
        "return_url": details.return_url,
        "lang": details.lang,
        "card_type": details.card_type,
        "strict_expiry": order.strict_expiry,
        "expires_at": order.expires_at,
        "terms_at": order.terms_at,
        "reopened_at": order.reopened_at,
        "delivered_at": order.delivered_at,
        "created_at": order.created_at,
        "changed_at": order.changed_at,
        **_totals(order),
    }


def _payment_update(payment: Payment, before: Payment) -> Row:
    return {"id": payment.id, "state_read": before.state, "ends": payment.state not in LIVE, **_changeable(payment)}


def _payment_inserts(work: UnitOfWork, payments: Iterable[Payment]) -> list[Row]:
    new = sorted(payments, key=lambda payment: (payment.external_id, payment.provider, payment.shop))
    return [_payment_insert(payment, work.orders[payment.order_id]) for payment in new]


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
        **_changeable(payment),
    }


def _changeable(payment: Payment) -> Row:
    return {
        "state": payment.state,
        "reason": payment.reason,
        "performed_at": payment.performed_at,
        "cancelled_at": payment.cancelled_at,
        "click_paydoc_id": payment.payment_number,
        "also_known_as": payment.also_known_as,
    }


def _receipts(payment: Payment, read: Mapping[str, Any]) -> Row:
    receipts = {name: getattr(payment, name) for name in RECEIPTS}
    return {"id": payment.id, **{name: None if text == read.get(name) else text for name, text in receipts.items()}}


def _transition(transition_id: int, transition: Transition, correlation_id: str) -> Row:
    return {
        "id": transition_id,
        "shop": transition.order.shop,
        "order_id": transition.order.id,
        "payment_id": transition.payment.id if transition.payment else None,
        "verb": transition.verb,
        "payment_from": transition.payment_before,
        "payment_to": transition.payment.state if transition.payment else None,
        "order_from": transition.order_before,
        "order_to": transition.order.state,
        "version": transition.order.version,
        "at": transition.at,
        "actor": transition.actor,
        "correlation_id": correlation_id,
    }


def _event(transition_id: int, transition: Transition, event: tuple[str, Row]) -> Row:
    name, payload = event
    order = transition.order
    return {
        "transition_id": transition_id,
        "shop": order.shop,
        "order_id": order.id,
        "stream": order.id if order.one_time or transition.payment is None else -transition.payment.id,
        "sequence": order.version,
        "event": name,
        "payload": payload,
        "at": transition.at,
    }


def _stored_answer(stored: StoredAnswer) -> Row:
    return {
        "shop": stored.shop,
        "key": stored.key,
        "fingerprint": stored.fingerprint,
        "status": stored.status,
        "body": stored.body,
        "created_at": stored.created_at,
    }
