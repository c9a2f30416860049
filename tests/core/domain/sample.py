"""One order and its payments in memory, for tests of single decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.commands import (
    Attempt,
    AttemptRef,
    Create,
    Details,
    ExternalPaymentRef,
    OpenOrder,
    OrderRef,
    PaymentRef,
)
from core.domain.decide import decide
from core.domain.records import Transition
from core.domain.unit_of_work import UnitOfWork
from schema.values import OrderKind, Provider, Tiyin
from tests.core.domain.in_memory_store import PERIODS

NOW = datetime(2026, 11, 22, 10, 0, 0, 123_000, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
PRICE = Tiyin(50_000)
ORDER = OrderRef("main", "1001")
PAYME_REF = ExternalPaymentRef("main", Provider.PAYME, "a")
PAYMENT_ID, ORDER_ID = 11, 21
"""The first that are taken."""


def no_orders() -> UnitOfWork:
    return UnitOfWork(PERIODS, payment_ids=range(PAYMENT_ID, PAYMENT_ID + 9), order_ids=range(ORDER_ID, ORDER_ID + 9))


def one_order(kind: OrderKind = OrderKind.ONE_TIME, **terms: Any) -> UnitOfWork:
    """Opened now; a one-time order costs `PRICE`."""
    work = no_orders()
    decide(work, opening(kind, **terms), NOW)
    return work


def one_payment(provider: Provider = Provider.PAYME, kind: OrderKind = OrderKind.ONE_TIME) -> UnitOfWork:
    """Pending since now."""
    work = one_order(kind)
    decide(work, creation() if provider is Provider.PAYME else attempt(), NOW)
    return work


def opening(kind: OrderKind = OrderKind.ONE_TIME, order: OrderRef = ORDER, **terms: Any) -> OpenOrder:
    amount = PRICE if kind is OrderKind.ONE_TIME else None
    usual: dict[str, Any] = {"min_amount": None, "max_amount": None, "expires_at": None, "details": Details()}
    return OpenOrder(order, kind, **{"amount": amount} | usual | terms)


def creation(name: str = PAYME_REF.external_id, opened_at: datetime = NOW, amount: int = PRICE) -> Create:
    ref = ExternalPaymentRef("main", Provider.PAYME, name)
    return Create(ref, ORDER, amount, opened_at, {"order_id": ORDER.account})


def attempt(
    number: int = 1, payment: int | None = 1, amount: int = PRICE, declined_reason: int | None = None
) -> Attempt:
    """Click's: `number` is the attempt's, `payment` the same for every attempt of one payment."""
    ref = ExternalPaymentRef("main", Provider.CLICK, f"54321:{number}:{ORDER.account}")
    return Attempt(ref, ORDER, amount, payment, declined_reason, {"merchant_trans_id": ORDER.account})


def attempt_ref(
    payment_id: int | None = PAYMENT_ID, number: int = 1, payment: int | None = 1, account: str = ORDER.account
) -> AttemptRef:
    """As Click names an attempt in its Complete; the first one that `attempt` opens, if not told otherwise."""
    return AttemptRef("main", Provider.CLICK, account, payment_id, f"54321:{number}:{account}", payment)


def payment_ref(payment_id: int = PAYMENT_ID, account: str = ORDER.account) -> PaymentRef:
    return PaymentRef("main", account, payment_id)


def last_transition(work: UnitOfWork) -> Transition:
    """The last transition; whatever caused it, its payment and order are the ones that the unit of work now holds."""
    transition, _ = work.transitions[-1]
    assert work.orders[transition.order.id] == transition.order
    assert transition.payment is None or work.payments[transition.payment.id] == transition.payment
    return transition
