"""Which invariants may be broken, told by the sums over each table: whoever is not suspected is innocent."""

from collections.abc import Collection, Iterator
from typing import Final

from core.audit.checksums import Sums

ALWAYS: Final = frozenset({"payment_fits_order", "unique_attempt", "lifetime", "guards"})
"""Those that are quick enough to be looked at row by row, or are of no other use."""

NEVER: Final = 2**63 - 1


def suspects(sums: Sums, broken: Collection[str]) -> tuple[set[str], int]:
    """The suspected invariants, and the first transition of the last day, from which on payloads are read.

    `broken`: those of ALWAYS that don't hold.
    """
    transitions, outbox, payments, orders = sums

    def suspicions() -> Iterator[tuple[bool, set[str]]]:
        yield transitions.order_chain != orders.order_chain, {"order_history"}
        yield transitions.payment_chain != payments.payment_chain, {"payment_history"}
        yield transitions.events != outbox.events, {"events"}
        yield transitions.order_times != orders.order_times, {"times_set_once"}
        yield transitions.payment_times != payments.payment_times, {"times_set_once", "edges"}
        yield transitions.strange > 0, {"edges", "order_history", "payment_history", "events", "times_set_once"}
        yield orders.strange > 0, {"order_state"}
        yield payments.untimely > 0, {"times_in_order"}
        yield payments.standing != orders.standing, {"order_state", "one_live_payment", "payment_fits_order"}
        yield transitions.first_of_today is not None, {"payloads"}
        yield "guards" in broken, {"unique_external_id", "unique_account"}

    suspected: set[str] = set().union(*(names for true, names in suspicions() if true))
    return suspected, NEVER if transitions.first_of_today is None else transitions.first_of_today
