"""An order may refuse to be paid: for its state, for whom it is held by, for the amount."""

from datetime import datetime

from core.domain.order_states import ORDER
from core.domain.outcomes import No
from core.domain.records import Order
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import MAX_AMOUNT, OrderState, OrderVerb, PaymentSource


def order_refusal(
    work: UnitOfWork,
    order: Order | None,
    now: datetime,
    *,
    source: PaymentSource | None = None,
    is_repeat: bool = False,
    is_new: bool = True,
) -> Refusal | None:
    """Return why the order's state forbids to open a payment of it now; None if it doesn't.

    `source`: its own pending payment does not keep it from opening a newer one. `is_repeat`: the payment is already
    pending, so that only a strict expiry of the order concerns it. `is_new`: it may take the order over from one whose
    reservation is over; a late debit may not, for then its answer would depend on whether somebody else had begun.
    """
    if order is None:
        return Refusal.ORDER_NOT_FOUND
    if (refusal := unpayable(order, now, is_repeat=is_repeat)) is not None:
        return refusal
    holder = work.holder(order)
    if holder is None or holder.provider is source:
        return None
    gives_way = work.may_be_replaced(holder, now) if is_new else work.is_expired(holder, now)
    return None if gives_way else Refusal.ORDER_BUSY


def unpayable(order: Order, now: datetime, *, is_repeat: bool = False) -> Refusal | None:
    """Return why no payment of the order can be opened any more; None if one can, but for who holds it now."""
    outcome = ORDER[order.kind, order.state, OrderVerb.RESERVE]
    if isinstance(outcome, No) and order.state is not OrderState.RESERVED:
        return outcome.refusal
    if order.is_expired(now) and (order.strict_expiry or not is_repeat):
        return Refusal.ORDER_EXPIRED
    return None


def amount_refusal(order: Order | None, amount: int) -> Refusal | None:
    """Return why the amount is wrong: not that of a one-time order, or outside of a balance's limits."""
    assert order is not None
    if order.one_time:
        return None if amount == order.amount else Refusal.WRONG_AMOUNT
    low, high = order.min_amount or 1, order.max_amount or MAX_AMOUNT
    return None if low <= amount <= high else Refusal.WRONG_AMOUNT
