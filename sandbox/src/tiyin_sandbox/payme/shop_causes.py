"""Lists the likely causes of wrong answers after the shop has done something with the order, with their fixes."""

from typing import Final

from tiyin_sandbox.engine.causes import CauseCondition, LikelyCause
from tiyin_sandbox.payme.verification import ACCOUNT


def _of(check_id: str, *, opening: bool = False) -> CauseCondition:
    """opening: at a step that must succeed with the order, not be refused."""
    return lambda check, step, answer, failure: check.id == check_id and (not opening or step.error is None)


CREATE: Final = frozenset({"CreateTransaction"})
PERFORM: Final = frozenset({"PerformTransaction"})

SHOP_CAUSES: Final = (
    LikelyCause(
        "The reason is one of the gateway's own numbers, or a later CancelTransaction has overwritten the first end.",
        "Keep the first end with its time. Payme knows the reasons 1 to 5 and 10: an end by the shop is 10.",
        symptom=frozenset({"result"}),
        condition=_of("payme.T9"),
    ),
    LikelyCause(
        "The order is held for longer than was said here, or for the whole twelve hours.",
        "Say the gateway's own period with --reservation (tiyin: PAYME_RESERVATION). After it a newer transaction ends"
        " the one that holds the order, and is opened.",
        symptom=frozenset({"refused"}),
        call=CREATE,
        condition=_of("payme.T10"),
    ),
    LikelyCause(
        "The order was given to a newer transaction, and the older one is still alive: both would be paid.",
        "End the older one together with the opening of the newer one: state -1, reason 4.",
        symptom=frozenset({"accepted"}),
        call=PERFORM,
        condition=_of("payme.T10"),
    ),
    LikelyCause(
        "The order's expiry is looked at when a transaction is opened, not when the money is taken.",
        "Where the expiry is strict, PerformTransaction after it writes state -1 and reason 4, and answers -31008.",
        symptom=frozenset({"accepted"}),
        call=PERFORM,
        condition=_of("payme.shop.strict_expiry"),
    ),
    LikelyCause(
        "The order had expired before its transaction came: it has three seconds for that.",
        "Set the clocks of both machines, and see that the gateway answers in well under a second.",
        code=ACCOUNT,
        call=CREATE,
        condition=_of("payme.shop.strict_expiry", opening=True),
    ),
    LikelyCause(
        "The amount is compared with what the order was opened for.",
        "Compare it with what the order costs now.",
        symptom=frozenset({"accepted", "refused"}),
        condition=_of("payme.shop.amended"),
    ),
    LikelyCause(
        "An order that was cancelled once is refused for ever.",
        "Look at the order's state as it is now: the shop has reopened it.",
        symptom=frozenset({"refused"}),
        code=ACCOUNT,
        condition=_of("payme.shop.reopened", opening=True),
    ),
)
