"""These decisions open payments: may this order be paid now, and through which provider."""

from datetime import datetime

from core.domain.answers import Allowed, Done
from core.domain.clock_skew import AHEAD_MAX
from core.domain.commands import Attempt, Check, Create, OrderRef
from core.domain.json_text import to_json
from core.domain.order_refusal import amount_refusal, order_refusal
from core.domain.outcomes import No
from core.domain.payment_states import PAYMENT
from core.domain.providers import ACTOR, SOURCE
from core.domain.records import ONCE_PAID, Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.transition import Decision, end_holder, end_pending, payment_transition, refuse, standing
from core.domain.unit_of_work import UnitOfWork
from schema.values import PaymentState, Tiyin, Verb


def check(work: UnitOfWork, command: Check, now: datetime) -> Decision:
    """Decide whether the order could be paid now. Changes nothing: an expired holder is ignored, not ended."""
    order = work.order(command.order)
    refusal = order_refusal(work, order, now) or amount_refusal(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    assert order is not None
    return Decision(Allowed(order))


def create(work: UnitOfWork, command: Create, now: datetime) -> Decision:
    """Open a payment that holds its order against all others. The same id again answers as the first time.

    The checks stand in Payme's order: account before amount (Payme, "CreateTransaction").
    """
    existing = work.payment(command.payment)
    if existing is not None:
        return _create_again(work, existing, command, now)
    order = work.order(command.order)
    refusal = order_refusal(work, order, now) or amount_refusal(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    assert order is not None
    if now - command.opened_at > work.periods.lifetimes[SOURCE[command.payment.provider]]:
        return refuse(Refusal.PAYMENT_TOO_OLD)
    if command.opened_at - now > AHEAD_MAX:
        return refuse(Refusal.PAYMENT_FROM_FUTURE)
    ended = end_holder(work, order, now)
    return _open(work, order, command, now, ended, opened_at=command.opened_at)


def attempt(work: UnitOfWork, command: Attempt, now: datetime) -> Decision:
    """Open a payment, or a newer attempt of it.

    Against its own provider an attempt holds nothing: the same payer trying again is the usual case. So a newer
    payment ends the older attempt, and another attempt of the same payment gets the same payment of ours.
    The checks stand in the order that Click's tests expect (Click, "SHOP API", order of checks).
    """
    order = work.order(command.order)
    if order is None:
        return refuse(Refusal.ORDER_NOT_FOUND)
    existing = work.named_attempt(order, command.payment)
    if existing is not None:
        outcome = PAYMENT[standing(existing), Verb.CREATE]
        if isinstance(outcome, No):
            return refuse(outcome.refusal, existing)
    source = SOURCE[command.payment.provider]
    siblings = work.siblings(order, command.payment.provider, command.payment_number, existing)
    paid = next((p for p in siblings if p.state in ONCE_PAID), None)
    if paid is not None:
        return refuse(Refusal.PAYMENT_PAID, paid)
    sibling = next((p for p in siblings if p.state is PaymentState.PENDING), None)
    goes_on = existing is not None and not work.is_expired(existing, now)
    refusal = order_refusal(work, order, now, source=source, is_repeat=goes_on)
    if refusal is not None:
        return refuse(refusal)
    if command.declined_reason is not None:
        return _decline(order, existing, command, command.declined_reason, now)
    refusal = amount_refusal(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    payment = existing or sibling
    if payment is not None and payment.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, payment)
    if existing is not None:
        return Decision(Done(existing, repeat=True))
    if sibling is not None:
        return _note(order, sibling, command, now)
    holder = work.holder(order)
    if holder is not None and work.is_unreconciled(holder):  # it may be paid already
        return refuse(Refusal.ORDER_BUSY)
    ended = end_holder(work, order, now)
    return _open(work, order, command, now, ended, opened_at=now, payment_number=command.payment_number)


def _create_again(work: UnitOfWork, existing: Payment, command: Create, now: datetime) -> Decision:
    outcome = PAYMENT[standing(existing), Verb.CREATE]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, existing)
    if work.is_too_late(existing, now):
        return refuse(Refusal.PAYMENT_EXPIRED, existing, keep=(end_pending(work, existing, now),))
    order = work.orders[existing.order_id]
    if OrderRef(order.shop, order.account) != command.order or existing.opened_at != command.opened_at:
        return refuse(Refusal.PAYMENT_DIFFERS, existing)
    if existing.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, existing)
    return Decision(Done(existing, repeat=True))


def _decline(order: Order, existing: Payment | None, command: Attempt, reason: int, now: datetime) -> Decision:
    """Open nothing. An attempt that is already open under this id ends."""
    if existing is None:
        return refuse(Refusal.PAYMENT_DECLINED)
    actor = ACTOR[command.payment.provider]
    ended = payment_transition(order, existing, Verb.RELEASE, actor, now, reason=reason)
    return refuse(Refusal.PAYMENT_DECLINED, ended.payment, keep=(ended,))


def _note(order: Order, payment: Payment, command: Attempt, now: datetime) -> Decision:
    """Add the id of another attempt to a payment that is already open."""
    names = (*payment.also_known_as, command.payment.external_id)
    actor = ACTOR[command.payment.provider]
    transition = payment_transition(order, payment, Verb.NOTE, actor, now, also_known_as=names)
    assert transition.payment is not None
    return Decision(Done(transition.payment, repeat=True), (transition,))


def _open(
    work: UnitOfWork,
    order: Order,
    command: Create | Attempt,
    now: datetime,
    ended: tuple[Transition, ...],
    *,
    opened_at: datetime,
    payment_number: int | None = None,
) -> Decision:
    if ended:
        order = ended[-1].order
    payment = Payment(
        id=work.next_payment_id,
        order_id=order.id,
        shop=order.shop,
        provider=SOURCE[command.payment.provider],
        external_id=command.payment.external_id,
        amount=Tiyin(command.amount),
        state=PaymentState.PENDING,
        reason=None,
        opened_at=opened_at,
        created_at=now,
        payment_number=payment_number,
        account_received=to_json(command.account_received),
    )
    opened = payment_transition(order, payment, Verb.CREATE, ACTOR[command.payment.provider], now, new=True)
    assert opened.payment is not None
    return Decision(Done(opened.payment, repeat=False), (*ended, opened))
