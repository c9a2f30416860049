"""The payments' table names what follows for every standing × verb, repeats and refusals included.

Nothing is left to `else`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.domain.outcomes import No, Same, To
from core.domain.refusals import Refusal
from schema.values import PaymentState, Verb


class Standing(StrEnum):
    """Where a payment stands: its state, and if it has ended without money, whether that end is final."""

    PENDING = "pending"
    PAID = "paid"
    ENDED = "ended"
    """Cancelled by us alone. Its provider may have debited the card meanwhile, and then the end was no good one."""
    CANCELLED = "cancelled"
    REVERSED = "reversed"
    MOVED = "moved"

    @property
    def state(self) -> PaymentState:
        return PaymentState.CANCELLED if self is Standing.ENDED else PaymentState(self)


PENDING, PAID, CANCELLED, REVERSED, MOVED = PaymentState

PAYMENT: Final[Mapping[tuple[Standing, Verb], To[PaymentState] | Same | No]] = {
    (Standing.PENDING, Verb.CREATE): Same(),
    (Standing.PAID, Verb.CREATE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.CREATE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.CREATE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.CREATE): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.CREATE): No(Refusal.PAYMENT_PAID),
    #
    (Standing.PENDING, Verb.PERFORM): To(PAID),
    (Standing.PAID, Verb.PERFORM): Same(),
    (Standing.ENDED, Verb.PERFORM): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.PERFORM): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.PERFORM): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.PERFORM): Same(),
    #
    (Standing.PENDING, Verb.CANCEL): To(CANCELLED),
    (Standing.PAID, Verb.CANCEL): To(REVERSED),
    (Standing.ENDED, Verb.CANCEL): Same(),
    (Standing.CANCELLED, Verb.CANCEL): Same(),
    (Standing.REVERSED, Verb.CANCEL): Same(),
    (Standing.MOVED, Verb.CANCEL): No(Refusal.PAYMENT_MOVED),
    #
    # An end of ours becomes final, with another reason, once the provider has heard that there will be no payment.
    (Standing.PENDING, Verb.RELEASE): To(CANCELLED),
    (Standing.PAID, Verb.RELEASE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.RELEASE): To(CANCELLED),
    (Standing.CANCELLED, Verb.RELEASE): Same(),
    (Standing.REVERSED, Verb.RELEASE): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.RELEASE): No(Refusal.PAYMENT_PAID),
    #
    (Standing.PENDING, Verb.REVIVE): No(Refusal.PAYMENT_PENDING),
    (Standing.PAID, Verb.REVIVE): Same(),
    (Standing.ENDED, Verb.REVIVE): To(PAID),
    (Standing.CANCELLED, Verb.REVIVE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.REVIVE): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.REVIVE): Same(),
    #
    (Standing.PENDING, Verb.NOTE): To(PENDING),
    (Standing.PAID, Verb.NOTE): No(Refusal.PAYMENT_PAID),
    (Standing.ENDED, Verb.NOTE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.NOTE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.NOTE): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.NOTE): No(Refusal.PAYMENT_PAID),
    #
    # A receipt describes what happened at the tax office: it is kept whatever became of the payment.
    (Standing.PENDING, Verb.FISCALISE): To(PENDING),
    (Standing.PAID, Verb.FISCALISE): To(PAID),
    (Standing.ENDED, Verb.FISCALISE): To(CANCELLED),
    (Standing.CANCELLED, Verb.FISCALISE): To(CANCELLED),
    (Standing.REVERSED, Verb.FISCALISE): To(REVERSED),
    (Standing.MOVED, Verb.FISCALISE): To(MOVED),
    #
    # No command does yet what follows (schema/later_words.py).
    (Standing.PENDING, Verb.GIVE_BACK): No(Refusal.PAYMENT_NOT_PAID),
    (Standing.PAID, Verb.GIVE_BACK): To(PAID),
    (Standing.ENDED, Verb.GIVE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.GIVE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.GIVE_BACK): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.GIVE_BACK): No(Refusal.PAYMENT_MOVED),
    #
    (Standing.PENDING, Verb.REVERSE): No(Refusal.PAYMENT_NOT_PAID),
    (Standing.PAID, Verb.REVERSE): To(REVERSED),
    (Standing.ENDED, Verb.REVERSE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.REVERSE): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.REVERSE): Same(),
    (Standing.MOVED, Verb.REVERSE): No(Refusal.PAYMENT_MOVED),
    #
    (Standing.PENDING, Verb.RECORD): No(Refusal.PAYMENT_PENDING),
    (Standing.PAID, Verb.RECORD): Same(),
    (Standing.ENDED, Verb.RECORD): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.RECORD): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.RECORD): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.RECORD): No(Refusal.PAYMENT_MOVED),
    #
    (Standing.PENDING, Verb.TAKE_BACK): No(Refusal.PAYMENT_NOT_PAID),
    (Standing.PAID, Verb.TAKE_BACK): To(REVERSED),
    (Standing.ENDED, Verb.TAKE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.TAKE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.TAKE_BACK): Same(),
    (Standing.MOVED, Verb.TAKE_BACK): No(Refusal.PAYMENT_MOVED),
    #
    (Standing.PENDING, Verb.MOVE_AWAY): No(Refusal.PAYMENT_NOT_PAID),
    (Standing.PAID, Verb.MOVE_AWAY): To(MOVED),
    (Standing.ENDED, Verb.MOVE_AWAY): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.MOVE_AWAY): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.MOVE_AWAY): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.MOVE_AWAY): Same(),
    #
    (Standing.PENDING, Verb.MOVE_BACK): No(Refusal.PAYMENT_NOT_PAID),
    (Standing.PAID, Verb.MOVE_BACK): Same(),
    (Standing.ENDED, Verb.MOVE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.CANCELLED, Verb.MOVE_BACK): No(Refusal.PAYMENT_CANCELLED),
    (Standing.REVERSED, Verb.MOVE_BACK): No(Refusal.PAYMENT_REVERSED),
    (Standing.MOVED, Verb.MOVE_BACK): To(PAID),
}
