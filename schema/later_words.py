"""Later words are read by this release and written by later ones: each is read one release before it is written.

What an older release meets after a rollback it knows, by its state tables and in its answers.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from schema.values import Actor, OperationVerb, OrderState, OrderVerb, PaymentSource, PaymentState, Verb

LATER_WORDS: Final[Collection[StrEnum]] = (
    *(PaymentSource.MANUAL, PaymentSource.TRANSFER),
    *(OrderState.PARTIALLY_REFUNDED, OrderState.ELSEWHERE),
    PaymentState.MOVED,
    *(Verb.GIVE_BACK, Verb.REVERSE, Verb.RECORD, Verb.TAKE_BACK, Verb.MOVE_AWAY, Verb.MOVE_BACK),
    *(OrderVerb.REFUND_PART, OrderVerb.RECORD, OrderVerb.LET_GO, OrderVerb.ADOPT),
    *OperationVerb,
    *(Actor.OPERATOR, Actor.IMPORT, Actor.RECONCILER),
)
"""A release that begins to write one takes it out of here."""
