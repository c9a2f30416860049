"""Refusals are the words in which the core says no. Each interface translates them and adds no reasons of its own."""

from enum import StrEnum


class Refusal(StrEnum):
    ORDER_NOT_FOUND = "order_not_found"
    ORDER_PAID = "order_paid"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    ORDER_EXPIRED = "order_expired"
    ORDER_BUSY = "order_busy"
    """Another payment holds the order."""
    ORDER_DELIVERED = "order_delivered"
    """The goods were handed over: the money stays."""
    ORDER_NOT_PAID = "order_not_paid"
    ORDER_DIFFERS = "order_differs"
    """The account is known with another content."""

    WRONG_AMOUNT = "wrong_amount"

    PAYMENT_NOT_FOUND = "payment_not_found"
    PAYMENT_PAID = "payment_paid"
    PAYMENT_CANCELLED = "payment_cancelled"
    PAYMENT_REVERSED = "payment_reversed"
    PAYMENT_EXPIRED = "payment_expired"
    """It has expired and has just been ended."""
    PAYMENT_DIFFERS = "payment_differs"
    """The id is known with another account or time."""
    PAYMENT_TOO_OLD = "payment_too_old"
    """It came for the first time when it had already expired."""
    PAYMENT_FROM_FUTURE = "payment_from_future"
    """Its time is further ahead of our clock than clocks run apart."""
    PAYMENT_DECLINED = "payment_declined"
    """The provider itself reports, while opening it, that it has failed."""
    PAYMENT_PENDING = "payment_pending"
    """It has not been ended: there is nothing to revive."""
    PAYMENT_NOT_OWN = "payment_not_own"
    """Our id of it came with the provider's ids of another payment."""

    INVALID = "invalid"
    """Some fields of the shop's command cannot be taken; the answer names them."""
    KEY_REUSED = "key_reused"
    """An idempotency key came again with another content."""
