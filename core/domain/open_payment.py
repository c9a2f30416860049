"""Decisions on opening a payment: may this order be paid now, and by whom."""

from datetime import datetime

from core.domain.answers import Allowed, Done
from core.domain.commands import ACTOR, Attempt, Check, Create, OrderRef
from core.domain.json_text import to_json
from core.domain.records import LIVE, Order, Payment, Transition
from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, PAYMENT, No
from core.domain.transition import Decision, end_pending, payment_transition, refuse
from core.domain.unit_of_work import UnitOfWork
from schema.values import MAX_AMOUNT, OrderState, OrderVerb, PaymentState, Provider, Reason, Tiyin, Verb


def check(work: UnitOfWork, command: Check, now: datetime) -> Decision:
    """Could the order be paid now? Changes nothing: a holder whose time is over is merely looked past."""
    order = work.order(command.order)
    refusal = _payable(work, order, now) or _fits(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    assert order is not None
    return Decision(Allowed(order))


def create(work: UnitOfWork, command: Create, now: datetime) -> Decision:
    """Open a payment that holds its order against everybody. The same id again answers as the first time.

    The checks stand in Payme's order: account before amount (Payme, "CreateTransaction").
    """
    own = work.payment(command.key)
    if own is not None:
        return _create_again(work, own, command, now)
    order = work.order(command.order)
    refusal = _payable(work, order, now) or _fits(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    assert order is not None
    if now - command.opened_at > work.lifetimes[command.key.provider]:
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
    own = _own_attempt(work, order, command)
    if own is not None:
        outcome = PAYMENT[own.state, Verb.CREATE]
        if isinstance(outcome, No):
            return refuse(outcome.refusal, own)
    siblings = [p for p in work.payments_of(order) if p.provider is command.key.provider and p is not own]
    same = next((p for p in siblings if p.same_payment == command.same_payment and p.state in LIVE), None)
    if same is not None and same.state is PaymentState.PAID:
        return refuse(Refusal.PAYMENT_PAID, same)
    refusal = _payable(work, order, now, to=command.key.provider, own=own is not None)
    if refusal is not None:
        return refuse(refusal)
    if command.declined:
        return refuse(Refusal.PAYMENT_DECLINED)
    refusal = _fits(order, command.amount)
    if refusal is not None:
        return refuse(refusal)
    known = own or same
    if known is not None and known.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, known)
    if own is not None:
        return Decision(Done(own, repeat=True))
    if same is not None:
        return _note(order, same, command, now)
    ended = _end_holder(work, order, now)
    return _open(work, order, command, now, ended, opened_at=now, same_payment=command.same_payment)


def _create_again(work: UnitOfWork, own: Payment, command: Create, now: datetime) -> Decision:
    outcome = PAYMENT[own.state, Verb.CREATE]
    if isinstance(outcome, No):
        return refuse(outcome.refusal, own)
    if work.is_expired(own, now):
        return refuse(Refusal.PAYMENT_EXPIRED, own, keep=(end_pending(work, own, now),))
    order = work.orders[own.order_id]
    if OrderRef(order.shop, order.account) != command.order or own.opened_at != command.opened_at:
        return refuse(Refusal.PAYMENT_DIFFERS, own)
    if own.amount != command.amount:
        return refuse(Refusal.WRONG_AMOUNT, own)
    return Decision(Done(own, repeat=True))


def _own_attempt(work: UnitOfWork, order: Order, command: Attempt) -> Payment | None:
    own = work.payment(command.key)
    if own is not None:
        return own
    known = (p for p in work.payments_of(order) if p.provider is command.key.provider)
    return next((p for p in known if command.key.external_id in p.also_known_as), None)


def _payable(
    work: UnitOfWork, order: Order | None, now: datetime, *, to: Provider | None = None, own: bool = False
) -> Refusal | None:
    """Why nobody may open a payment of this order now; `to` whom a pending payment of its own is no obstacle.

    `own`: the asker already has a pending payment of it, which the order's expiry does not touch.
    """
    if order is None:
        return Refusal.ORDER_NOT_FOUND
    outcome = ORDER[order.kind, order.state, OrderVerb.RESERVE]
    if isinstance(outcome, No) and order.state is not OrderState.RESERVED:
        return outcome.refusal
    if order.is_expired(now) and not own:
        return Refusal.ORDER_EXPIRED
    holder = _holder(work, order)
    if holder is not None and holder.provider is not to and not work.is_expired(holder, now):
        return Refusal.ORDER_BUSY
    return None


def _fits(order: Order | None, amount: int) -> Refusal | None:
    """Exactly the amount of a one-time order; within the limits of a balance."""
    assert order is not None
    if order.one_time:
        return None if amount == order.amount else Refusal.WRONG_AMOUNT
    low, high = order.min_amount or 1, order.max_amount or MAX_AMOUNT
    return None if low <= amount <= high else Refusal.WRONG_AMOUNT


def _holder(work: UnitOfWork, order: Order) -> Payment | None:
    """The pending payment that holds a one-time order. A balance is held by nobody."""
    if not order.one_time:
        return None
    return next((p for p in work.payments_of(order) if p.state is PaymentState.PENDING), None)


def _end_holder(work: UnitOfWork, order: Order, now: datetime) -> tuple[Transition, ...]:
    """Make way: the holder's time is over, or it is an older attempt of the same provider."""
    holder = _holder(work, order)
    if holder is None:
        return ()
    reason = Reason.TIMEOUT if work.is_expired(holder, now) else Reason.SUPERSEDED
    return (end_pending(work, holder, now, reason),)


def _note(order: Order, same: Payment, command: Attempt, now: datetime) -> Decision:
    """Another attempt of a payment that is already open: the same payment, one more name."""
    names = (*same.also_known_as, command.key.external_id)
    transition = payment_transition(order, same, Verb.NOTE, ACTOR[same.provider], now, also_known_as=names)
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
    same_payment: int | None = None,
) -> Decision:
    if ended:
        order = ended[-1].order
    payment = Payment(
        id=work.next_payment_id,
        order_id=order.id,
        shop=order.shop,
        provider=command.key.provider,
        external_id=command.key.external_id,
        amount=Tiyin(command.amount),
        state=PaymentState.PENDING,
        reason=None,
        opened_at=opened_at,
        created_at=now,
        same_payment=same_payment,
        account_received=to_json(command.account_received),
    )
    opened = payment_transition(order, payment, Verb.CREATE, ACTOR[payment.provider], now, new=True)
    assert opened.payment is not None
    return Decision(Done(opened.payment, repeat=False), (*ended, opened))
