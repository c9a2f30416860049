"""The orders' table names what follows for every kind × state × verb, as that of the payments does."""

from collections.abc import Mapping
from typing import Final

from core.domain.outcomes import No, Same, To
from core.domain.refusals import Refusal
from schema.values import OrderKind, OrderState, OrderVerb

_ONE_TIME: Final[Mapping[tuple[OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    (OrderState.AWAITING, OrderVerb.RESERVE): To(OrderState.RESERVED),
    (OrderState.RESERVED, OrderVerb.RESERVE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.RESERVE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.RESERVE): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.RESERVE): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.RESERVE): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.RESERVE): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.RESERVE): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.FREE): Same(),
    (OrderState.RESERVED, OrderVerb.FREE): To(OrderState.AWAITING),
    (OrderState.PAID, OrderVerb.FREE): Same(),
    (OrderState.CANCELLED, OrderVerb.FREE): Same(),
    (OrderState.EXPIRED, OrderVerb.FREE): Same(),
    (OrderState.REFUNDED, OrderVerb.FREE): Same(),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.FREE): Same(),
    (OrderState.ELSEWHERE, OrderVerb.FREE): Same(),
    #
    # Only a reserved order has a live payment that could pay it; the other rows are a guard.
    (OrderState.AWAITING, OrderVerb.MARK_PAID): To(OrderState.PAID),
    (OrderState.RESERVED, OrderVerb.MARK_PAID): To(OrderState.PAID),
    (OrderState.PAID, OrderVerb.MARK_PAID): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.MARK_PAID): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.MARK_PAID): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.MARK_PAID): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.MARK_PAID): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.MARK_PAID): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.REFUND): Same(),
    (OrderState.RESERVED, OrderVerb.REFUND): Same(),
    (OrderState.PAID, OrderVerb.REFUND): To(OrderState.REFUNDED),
    (OrderState.CANCELLED, OrderVerb.REFUND): Same(),
    (OrderState.EXPIRED, OrderVerb.REFUND): Same(),
    (OrderState.REFUNDED, OrderVerb.REFUND): Same(),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.REFUND): To(OrderState.REFUNDED),
    (OrderState.ELSEWHERE, OrderVerb.REFUND): Same(),
    #
    # A repeat gets its answer while the order can be paid; after that the shop must not take the old one for a new one.
    (OrderState.AWAITING, OrderVerb.OPEN): Same(),
    (OrderState.RESERVED, OrderVerb.OPEN): Same(),
    (OrderState.PAID, OrderVerb.OPEN): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.OPEN): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.OPEN): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.OPEN): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.OPEN): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.OPEN): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.AMEND): To(OrderState.AWAITING),
    (OrderState.RESERVED, OrderVerb.AMEND): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.AMEND): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.AMEND): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.AMEND): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.AMEND): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.AMEND): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.AMEND): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.REOPEN): Same(),
    (OrderState.RESERVED, OrderVerb.REOPEN): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.REOPEN): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    (OrderState.EXPIRED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    (OrderState.REFUNDED, OrderVerb.REOPEN): To(OrderState.AWAITING),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.REOPEN): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.REOPEN): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.CLOSE): To(OrderState.CANCELLED),
    (OrderState.RESERVED, OrderVerb.CLOSE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.CLOSE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.CLOSE): Same(),
    (OrderState.EXPIRED, OrderVerb.CLOSE): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.CLOSE): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.CLOSE): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.CLOSE): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.EXPIRE): To(OrderState.EXPIRED),
    (OrderState.RESERVED, OrderVerb.EXPIRE): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.EXPIRE): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.EXPIRE): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.EXPIRE): Same(),
    (OrderState.REFUNDED, OrderVerb.EXPIRE): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.EXPIRE): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.EXPIRE): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.DELIVER): No(Refusal.ORDER_NOT_PAID),
    (OrderState.RESERVED, OrderVerb.DELIVER): No(Refusal.ORDER_NOT_PAID),
    (OrderState.PAID, OrderVerb.DELIVER): To(OrderState.PAID),
    (OrderState.CANCELLED, OrderVerb.DELIVER): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.DELIVER): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.DELIVER): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.DELIVER): To(OrderState.PARTIALLY_REFUNDED),
    (OrderState.ELSEWHERE, OrderVerb.DELIVER): No(Refusal.ORDER_ELSEWHERE),
    #
    # No command does yet what follows (schema/later_words.py).
    (OrderState.AWAITING, OrderVerb.REFUND_PART): Same(),
    (OrderState.RESERVED, OrderVerb.REFUND_PART): Same(),
    (OrderState.PAID, OrderVerb.REFUND_PART): To(OrderState.PARTIALLY_REFUNDED),
    (OrderState.CANCELLED, OrderVerb.REFUND_PART): Same(),
    (OrderState.EXPIRED, OrderVerb.REFUND_PART): Same(),
    (OrderState.REFUNDED, OrderVerb.REFUND_PART): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.REFUND_PART): To(OrderState.PARTIALLY_REFUNDED),
    (OrderState.ELSEWHERE, OrderVerb.REFUND_PART): Same(),
    #
    (OrderState.AWAITING, OrderVerb.RECORD): To(OrderState.PAID),
    (OrderState.RESERVED, OrderVerb.RECORD): No(Refusal.ORDER_BUSY),
    (OrderState.PAID, OrderVerb.RECORD): No(Refusal.ORDER_PAID),
    (OrderState.CANCELLED, OrderVerb.RECORD): No(Refusal.ORDER_CANCELLED),
    (OrderState.EXPIRED, OrderVerb.RECORD): No(Refusal.ORDER_EXPIRED),
    (OrderState.REFUNDED, OrderVerb.RECORD): No(Refusal.ORDER_REFUNDED),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.RECORD): No(Refusal.ORDER_PAID),
    (OrderState.ELSEWHERE, OrderVerb.RECORD): No(Refusal.ORDER_ELSEWHERE),
    #
    (OrderState.AWAITING, OrderVerb.LET_GO): Same(),
    (OrderState.RESERVED, OrderVerb.LET_GO): Same(),
    (OrderState.PAID, OrderVerb.LET_GO): To(OrderState.AWAITING),
    (OrderState.CANCELLED, OrderVerb.LET_GO): Same(),
    (OrderState.EXPIRED, OrderVerb.LET_GO): Same(),
    (OrderState.REFUNDED, OrderVerb.LET_GO): Same(),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.LET_GO): No(Refusal.PARTLY_REFUNDED),
    (OrderState.ELSEWHERE, OrderVerb.LET_GO): Same(),
    #
    (OrderState.AWAITING, OrderVerb.ADOPT): Same(),
    (OrderState.RESERVED, OrderVerb.ADOPT): Same(),
    (OrderState.PAID, OrderVerb.ADOPT): Same(),
    (OrderState.CANCELLED, OrderVerb.ADOPT): Same(),
    (OrderState.EXPIRED, OrderVerb.ADOPT): Same(),
    (OrderState.REFUNDED, OrderVerb.ADOPT): Same(),
    (OrderState.PARTIALLY_REFUNDED, OrderVerb.ADOPT): Same(),
    (OrderState.ELSEWHERE, OrderVerb.ADOPT): To(OrderState.AWAITING),
}

# A balance is neither held nor used up by one payment: only the shop or its expiry ends it, and what was begun before
# goes on to its end. It is never reserved, paid or refunded.
_ACCUMULATIVE: Final[Mapping[tuple[OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    **_ONE_TIME,
    (OrderState.AWAITING, OrderVerb.RESERVE): Same(),
    (OrderState.AWAITING, OrderVerb.MARK_PAID): Same(),
    (OrderState.CANCELLED, OrderVerb.MARK_PAID): Same(),
    (OrderState.EXPIRED, OrderVerb.MARK_PAID): Same(),
    (OrderState.AWAITING, OrderVerb.RECORD): Same(),
    (OrderState.AWAITING, OrderVerb.DELIVER): To(OrderState.AWAITING),
    (OrderState.CANCELLED, OrderVerb.DELIVER): To(OrderState.CANCELLED),
    (OrderState.EXPIRED, OrderVerb.DELIVER): To(OrderState.EXPIRED),
}

ORDER: Final[Mapping[tuple[OrderKind, OrderState, OrderVerb], To[OrderState] | Same | No]] = {
    (kind, state, verb): outcome
    for kind, table in ((OrderKind.ONE_TIME, _ONE_TIME), (OrderKind.ACCUMULATIVE, _ACCUMULATIVE))
    for (state, verb), outcome in table.items()
}
