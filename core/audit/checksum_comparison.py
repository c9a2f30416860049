"""The comparison of checksums shows which invariants may be broken; all others hold."""

from collections.abc import Collection, Iterator
from typing import Final

from core.audit.checksums import Sums

ALWAYS_CHECKED: Final = frozenset(
    {"payment_fits_order", "unique_attempt", "lifetime", "from_future", "sequences", "guards"}
    | {"deliveries", "delivered", "nothing_waits"}
)
"""Invariants that are quick to check row by row, or that no checksum covers."""

AFTER_ALL: Final = 2**63 - 1
"""An id above every transition's: then no payload is read."""


def doubtful_invariants(sums: Sums, broken: Collection[str]) -> tuple[set[str], int]:
    """Name the invariants that may be broken, and the first transition of the last day: payloads are read from it on.

    `broken`: those of ALWAYS_CHECKED that don't hold.
    """
    transitions, outbox_events, payments, orders = sums

    def comparisons() -> Iterator[tuple[bool, set[str]]]:
        yield transitions.order_chain != orders.order_chain, {"order_history"}
        yield transitions.payment_chain != payments.payment_chain, {"payment_history"}
        yield transitions.events != outbox_events, {"events"}
        yield transitions.order_times != orders.order_times, {"times_set_once"}
        yield transitions.payment_times != payments.payment_times, {"times_set_once", "edges"}
        yield transitions.illegal > 0, {"edges", "order_history", "payment_history", "events", "times_set_once"}
        yield orders.illegal > 0, {"order_state"}
        yield payments.wrong_times > 0, {"times_in_order"}
        yield payments.wrong_provider_times > 0, {"provider_time"}
        yield orders.odd_expiries > 0, {"expiry"}
        yield transitions.notes != payments.notes, {"notes"}
        yield transitions.receipts != payments.receipts, {"receipts"}
        held = payments.orders_held - transitions.refunds_reopened
        yield held != orders.orders_held, {"order_state", "one_live_payment", "payment_fits_order"}
        yield payments.totals != orders.totals, {"order_totals"}
        yield transitions.first_of_last_day is not None, {"payloads"}
        yield "guards" in broken, {"unique_external_id", "unique_account"}

    doubtful: set[str] = set().union(*(names for differs, names in comparisons() if differs))
    return doubtful, AFTER_ALL if transitions.first_of_last_day is None else transitions.first_of_last_day
