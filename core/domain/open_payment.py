"""These decisions open payments: may this order be paid now, and through which provider."""

from datetime import datetime

from core.domain.answers import Allowed, Done
from core.domain.commands import ACTOR, SOURCE, Attempt, Check, Create, OrderRef
from core.domain.json_text import to_json
from core.domain.records import LIVE, Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, PAYMENT, No
from core.domain.transition import Decision, end_pending, payment_transition, refuse
from core.domain.unit_of_work import UnitOfWork
from schema.values import MAX_AMOUNT, OrderState, OrderVerb, PaymentSource, PaymentState, Reason, Tiyin, Verb


def check(work: UnitOfWork, command: Check, now: datetime) -> Decision:
    """Decide whether the order could be paid now. Changes nothing: an expired holder is ignored, not ended."""
    order = work.order(command.order)
    refusal = _order_refusal(work, order, now) or _amount_refusal(order, command.amount)
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
    refusal = _order_refusal(work, order, now) or _amount_refusal(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    assert order is not None
    if now - command.opened_at > work.lifetimes[SOURCE[command.payment.provider]]:
        return refuse(Refusal.PAYMENT_TOO_OLD)
    ended = _end_holder(work, order, now)
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
    existing = _existing_attempt(work, order, command)
    if existing is not None:
        outcome = PAYMENT[existing.state, Verb.CREATE]
        if isinstance(outcome, No):
            return refuse(outcome.refusal, existing)
    source = SOURCE[command.payment.provider]
    others = [p for p in work.payments_of(order) if p.provider is source and p is not existing]
    number = command.payment_number  # no number is equal to none
    siblings = (p for p in others if number is not None and p.payment_number == number)
    sibling = next((p for p in siblings if p.state in LIVE), None)
    if sibling is not None and sibling.state is PaymentState.PAID:
        return refuse(Refusal.PAYMENT_PAID, sibling)
    refusal = _order_refusal(work, order, now, source=source, is_repeat=existing is not None)
    if refusal is not None:
        return refuse(refusal)
    if command.declined:
        return refuse(Refusal.PAYMENT_DECLINED)
    refusal = _amount_refusal(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    payment = existing or sibling
    if payment is not None and payment.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, payment)
    if existing is not None:
        return Decision(Done(existing, repeat=True))
    if sibling is not None:
        return _note(order, sibling, command, now)
    ended = _end_holder(work, order, now)
    return _open(work, order, command, now, ended, opened_at=now, payment_number=command.payment_number)


def _create_again(work: UnitOfWork, existing: Payment, command: Create, now: datetime) -> Decision:
    outcome = PAYMENT[existing.state, Verb.CREATE]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, existing)
    if work.is_expired(existing, now):
        return refuse(Refusal.PAYMENT_EXPIRED, existing, keep=(end_pending(work, existing, now),))
    order = work.orders[existing.order_id]
    if OrderRef(order.shop, order.account) != command.order or existing.opened_at != command.opened_at:
        return refuse(Refusal.PAYMENT_DIFFERS, existing)
    if existing.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, existing)
    return Decision(Done(existing, repeat=True))


def _existing_attempt(work: UnitOfWork, order: Order, command: Attempt) -> Payment | None:
    """Return the payment that has this attempt's id, as its own or as a later attempt's."""
    payment = work.payment(command.payment)
    if payment is not None:
        return payment
    source = SOURCE[command.payment.provider]
    payments = (p for p in work.payments_of(order) if p.provider is source)
    return next((p for p in payments if command.payment.external_id in p.also_known_as), None)


def _order_refusal(
    work: UnitOfWork,
    order: Order | None,
    now: datetime,
    *,
    source: PaymentSource | None = None,
    is_repeat: bool = False,
) -> Refusal | None:
    """Return why the order's state forbids to open a payment of it now; None if it doesn't.

    `source`: its own pending payment does not keep it from opening a newer one. `is_repeat`: the payment is already
    pending, so that the order's expiry does not concern it.
    """
    if order is None:
        return Refusal.ORDER_NOT_FOUND
    outcome = ORDER[order.kind, order.state, OrderVerb.RESERVE]
    if isinstance(outcome, No) and order.state is not OrderState.RESERVED:
        return outcome.refusal
    if order.is_expired(now) and not is_repeat:
        return Refusal.ORDER_EXPIRED
    holder = _holder(work, order)
    if holder is not None and holder.provider is not source and not work.is_expired(holder, now):
        return Refusal.ORDER_BUSY
    return None


def _amount_refusal(order: Order | None, amount: int) -> Refusal | None:
    """Return why the amount is wrong: not that of a one-time order, or outside of a balance's limits."""
    assert order is not None
    if order.one_time:
        return None if amount == order.amount else Refusal.WRONG_AMOUNT
    low, high = order.min_amount or 1, order.max_amount or MAX_AMOUNT
    return None if low <= amount <= high else Refusal.WRONG_AMOUNT


def _holder(work: UnitOfWork, order: Order) -> Payment | None:
    """Return the pending payment that holds a one-time order. No payment holds a balance."""
    if not order.one_time:
        return None
    return next((p for p in work.payments_of(order) if p.state is PaymentState.PENDING), None)


def _end_holder(work: UnitOfWork, order: Order, now: datetime) -> tuple[Transition, ...]:
    """End the order's holder: it has expired, or it is an older attempt of the same provider."""
    holder = _holder(work, order)
    if holder is None:
        return ()
    reason = Reason.TIMEOUT if work.is_expired(holder, now) else Reason.SUPERSEDED
    return (end_pending(work, holder, now, reason),)


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
