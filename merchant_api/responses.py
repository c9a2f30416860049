"""Puts the core's answers into the API's: an order as it stands, a page of them, or a problem."""

from typing import Any, Final

from core import Details, Payment, PaymentPage, Refusal, Refused, Shown, moment_text
from merchant_api import wire
from merchant_api.context import Links
from merchant_api.errors import PROBLEMS, Problem, invalid
from merchant_api.fiscal_answer import fiscal_body
from merchant_api.list_query import cursor_of
from schema.click_ids import click_trans_id
from schema.test_mode import is_twin
from schema.values import PaymentSource

OrderBody = wire.OneTimeOrder | wire.AccumulativeOrder

OVER: Final = frozenset(
    {
        *(Refusal.ORDER_PAID, Refusal.ORDER_CANCELLED, Refusal.ORDER_EXPIRED, Refusal.ORDER_REFUNDED),
        Refusal.ORDER_ELSEWHERE,
    }
)
"""Refusals to open an order whose account has one that has come to its end, or that is not kept here."""

WAIT: Final = "its payer may be about to confirm it. It can be ended from {moment} on."

OPEN_ANOTHER: Final = "nothing was opened. Another order needs another account."


def order_body(shown: Shown, links: Links) -> OrderBody:
    order, details = shown.order, shown.order.details or Details()
    holder, payment_links = shown.holder, links(shown)
    common: dict[str, Any] = {
        "test": is_twin(order.shop),
        "account": order.account,
        "kind": str(order.kind),
        "description": details.description,
        "expires_at": order.expires_at,
        "strict_expiry": order.strict_expiry,
        "metadata": dict(details.metadata),
        "state": order.state,
        "created_at": order.created_at,
        "version": order.version,
        "payments": [payment_body(payment) for payment in shown.payments],
        "totals": wire.OrderTotals(payments=order.payment_count, paid=order.paid_total, reversed=order.reversed_total),
        "reserved_by": holder and holder.provider,
        "reserved_until": shown.reserved_until,
        "return_url": details.return_url,
        "lang": details.lang,
        "card_type": details.card_type,
        "links": {provider: link.url for provider, link in payment_links.items()},
        "link_problems": {provider: link.problem for provider, link in payment_links.items() if link.problem},
        "forms": {
            provider: wire.PaymentForm(method="POST", action=link.form.action, fields=dict(link.form.fields))
            for provider, link in payment_links.items()
            if link.form
        },
    }
    if not order.one_time:
        return wire.AccumulativeOrder(min_amount=order.min_amount, max_amount=order.max_amount, **common)
    assert order.amount is not None
    return wire.OneTimeOrder(
        amount=order.amount,
        items=None if details.items is None else [wire.Item.model_validate(dict(item)) for item in details.items],
        shipping=None if details.shipping is None else wire.Shipping.model_validate(dict(details.shipping)),
        **common,
    )


def payment_body(payment: Payment) -> wire.OrderPayment:
    return wire.OrderPayment(
        id=payment.id,
        provider=payment.provider,
        external_id=payment.external_id,
        amount=payment.amount,
        state=payment.state,
        reason=payment.reason,
        created_at=payment.created_at,
        performed_at=payment.performed_at,
        cancelled_at=payment.cancelled_at,
        click_paydoc_id=payment.payment_number,
        click_trans_id=_click_trans_id(payment),
        fiscal=fiscal_body(payment.receipts),
    )


def _click_trans_id(payment: Payment) -> int | None:
    if payment.provider is not PaymentSource.CLICK:
        return None
    return click_trans_id((payment.external_id, *payment.also_known_as)[-1])


def payment_page_text(page: PaymentPage, *, test: bool) -> str:
    return wire.PaymentList(
        test=test,
        items=[payment_body(payment) for payment in page.payments],
        next=None if page.next is None else cursor_of(page.next),
    ).model_dump_json()


def opened(links: Links, answer: Shown | Refused) -> tuple[int, str]:
    """Status and body for an order that was to be opened: 201 for a new one, 200 for the same again.

    Pure: what is kept under an idempotency key is, byte for byte, what the first caller got.
    """
    if isinstance(answer, Refused) and answer.refusal in OVER:
        return _problem(Problem(PROBLEMS[answer.refusal], f"{PROBLEMS[answer.refusal].title}: {OPEN_ANOTHER}"))
    status, text = changed(links, answer)
    return (201, text) if isinstance(answer, Shown) and not answer.repeat else (status, text)


def changed(links: Links, answer: Shown | Refused) -> tuple[int, str]:
    """Status and body for an order that was to be changed. Pure."""
    if isinstance(answer, Refused) and answer.refusal is Refusal.INVALID:
        return _problem(invalid(*(wire.FieldError(field=f.field, message=f.message) for f in answer.fields)))
    if isinstance(answer, Refused):
        kind = PROBLEMS[answer.refusal]
        if answer.until is None:
            return _problem(Problem(kind))
        return _problem(Problem(kind, f"{kind.title}: {WAIT.format(moment=moment_text(answer.until))}"))
    return 200, order_body(answer, links).model_dump_json()


def _problem(problem: Problem) -> tuple[int, str]:
    return problem.kind.status, problem.text
