"""What one live payment an order keeps from ever happening, decided on books that were bent by hand."""

from datetime import UTC, datetime, timedelta

from core.domain.answers import Refused
from core.domain.commands import Cancel, Create, Details, ExternalPaymentRef, OpenOrder, OrderRef, Perform
from core.domain.decide import decide
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import OrderKind, OrderState, PaymentState, Provider, Reason, Tiyin
from tests.core.domain.in_memory_store import LIFETIMES

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = ExternalPaymentRef("main", Provider.PAYME, "a")
WHERE = OrderRef("main", "1001")


def books() -> UnitOfWork:
    """An order of 500 so'm with a pending payment through Payme."""
    made = UnitOfWork(LIFETIMES, payment_ids=[1], order_ids=[1])
    decide(made, OpenOrder(WHERE, OrderKind.ONE_TIME, Tiyin(50_000), None, None, None, Details()), NOW)
    decide(made, Create(KEY, WHERE, 50_000, NOW, {}), NOW)
    return made


def test_perform_of_an_order_paid_through_another_channel_cancels_and_refuses():
    bent = books()
    order, payment = bent.orders[1], bent.payments[1]
    work = UnitOfWork(LIFETIMES)
    work.add_rows([order._replace(state=OrderState.PAID)], [payment])
    answer = decide(work, Perform(KEY, Provider.PAYME), NOW)
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.ORDER_PAID
    ended = work.payments[1]
    assert (ended.state, ended.reason) == (PaymentState.CANCELLED, Reason.EXECUTION_FAILED)


def test_a_clock_set_back_puts_no_end_before_its_beginning():
    made = books()
    decide(made, Perform(KEY, Provider.PAYME), NOW - timedelta(hours=1))
    payment = made.payments[1]
    assert payment.performed_at == payment.created_at


def test_a_clock_set_back_puts_no_refund_before_the_payment():
    made = books()
    decide(made, Perform(KEY, Provider.PAYME), NOW + timedelta(hours=1))
    decide(made, Cancel(KEY, Provider.PAYME, 5), NOW)
    payment, (refund, _) = made.payments[1], made.transitions[-1]
    assert payment.cancelled_at == payment.performed_at == refund.at
