"""The types of events that a shop hears of have a sentence each: what has happened."""

from collections.abc import Mapping
from typing import Final

EVENT_SCHEMA: Final = 1
"""Of the bodies. Within one schema fields are only added."""

TEST: Final = "endpoint.test"
"""Sent at once when somebody asks for it, and never stored: nothing has happened."""

SENTENCES: Final[Mapping[str, str]] = {
    "payment.created": "A payer has begun to pay; the order is held for this payment.",
    "payment.paid": "The money was taken: hand the goods over.",
    "payment.cancelled": "A payment has ended before any money was taken.",
    "payment.reversed": "The provider has given the money back by itself.",
    "payment.retried": "The payer tries the same payment once more.",
    "payment.fiscalised": "The tax office has registered a receipt of the payment, or has refused to.",
    "payment.moved": "The money of the payment counts for another order now.",
    "payment.returned": "The money of a payment that was moved counts for this order again.",
    "refund.succeeded": "Money that was asked back was given back, all of it or a part.",
    "order.expired": "The order was not paid in its time, and cannot be paid any more.",
    "order.amended": "The terms of the order were changed before anybody paid.",
    "order.reopened": "The order can be paid again.",
}
"""By type, of all that are stored."""

TEST_SENTENCE: Final = "Somebody wants to see whether events arrive. Answer 2xx, and do nothing else."
