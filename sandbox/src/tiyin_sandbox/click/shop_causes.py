"""Lists the likely causes of wrong answers after the shop has done something with the order, with their fixes."""

from typing import Final

from tiyin_sandbox.engine.causes import CauseCondition, LikelyCause


def _of(check_id: str) -> CauseCondition:
    return lambda check, step, answer, failure: check.id == check_id


COMPLETE: Final = frozenset({"Complete"})
PREPARE: Final = frozenset({"Prepare"})
ACCEPTED: Final = frozenset({"accepted"})
REFUSED: Final = frozenset({"refused"})

SHOP_CAUSES: Final = (
    LikelyCause(
        "An attempt that the shop has ended is paid like one that has run out.",
        "Keep who has ended it: where it was the shop, every Complete is -9, though the order is free.",
        symptom=ACCEPTED,
        call=COMPLETE,
        condition=_of("click.O8c-released"),
    ),
    LikelyCause(
        "The order's expiry is looked at in Prepare, not when the money is taken.",
        "Where the expiry is strict, answer -9 to a Complete after it, cancel the attempt, and store that: Click gives"
        " the debit back.",
        symptom=ACCEPTED,
        call=COMPLETE,
        condition=_of("click.O8e2"),
    ),
    LikelyCause(
        "The order had expired before its attempt came: it has three seconds for that.",
        "Set the clocks of both machines, and see that the gateway answers in well under a second.",
        symptom=REFUSED,
        call=PREPARE,
        condition=_of("click.O8e2"),
    ),
    LikelyCause(
        "The amount is compared with what the order was opened for.",
        "Compare it with what the order costs now.",
        condition=_of("click.O7g-amended"),
    ),
    LikelyCause(
        "A wrong amount is answered -2 after the debit: Click expects that of an attempt that is still open.",
        "Look at the attempt's state first; a wrong amount for one that has ended is answered -9, for good.",
        code=frozenset({-2}),
        call=COMPLETE,
        condition=_of("click.O8c3-amended"),
    ),
    LikelyCause(
        "An attempt that has ended is paid by its own amount, or by what the order was opened for.",
        "Take it only where the amount is the attempt's and what the order costs now; else -9, stored for good.",
        symptom=ACCEPTED,
        call=COMPLETE,
        condition=_of("click.O8c3-amended"),
    ),
    LikelyCause(
        "An order that was cancelled once is refused for ever.",
        "Look at the order's state as it is now: the shop has reopened it.",
        symptom=REFUSED,
        condition=_of("click.O7e-reopened"),
    ),
)
