"""Invariants hold of the books at every moment: each is a sentence, and a query whose rows violate it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.dialects import postgresql

from core.db.statement import SqlStatement, statement
from core.domain.clock_skew import AHEAD_MAX
from core.domain.events import EVENT_SCHEMA, EVENTS
from core.domain.order_states import ORDER
from core.domain.outcomes import Same, To
from core.domain.payment_states import PAYMENT
from core.domain.periods import PAYME_LIFETIME
from core.domain.transition import OVERRULED, order_verb
from schema.tables import APPEND_ONLY, ID_BLOCK, metadata
from schema.test_mode import TWIN
from schema.values import RECORDED_ORDER_VERBS, OrderKind, OrderState, OrderVerb, PaymentState, Verb

Edge = tuple[str, str, str, str, str, str]
"""Kind of the order, verb, the payment's state before and after, the order's before and after; empty for none."""


@dataclass(frozen=True, slots=True)
class Invariant:
    name: str
    sentence: str
    query: SqlStatement = field(repr=False)


def _invariant(name: str, sentence: str) -> Invariant:
    return Invariant(name, sentence, statement(__package__, f"invariants/{name}"))


INVARIANTS: Final = (
    _invariant("one_live_payment", "A one-time order has one live payment at most, and so one paid one at most."),
    _invariant(
        "order_state",
        "A one-time order is paid, reserved or refunded exactly when a payment of it is paid, pending or reversed, "
        "and it was not reopened since it was refunded.",
    ),
    _invariant(
        "payment_fits_order", "A payment is of an order of its shop and kind, and of the amount that the order had."
    ),
    _invariant("order_totals", "An order's totals are those of its payments."),
    _invariant("order_history", "An order's transitions are a chain without a gap, from its opening to how it stands."),
    _invariant("payment_history", "A payment's transitions are a chain from its creation to how it stands."),
    _invariant("edges", "States change only along the edges of the tables, and nothing leaves a final state."),
    _invariant("events", "Every transition that the shop should hear of has one event, and nothing else has."),
    _invariant("payloads", "An event says what its transition and its payment say."),
    _invariant("times_in_order", "A payment has the times of its state: created, then performed, then cancelled."),
    _invariant("times_set_once", "Times are those of the transitions that set them."),
    _invariant(
        "provider_time",
        "A payment of Payme's was opened there twelve hours before us at most, or an hour after us; Click's with us.",
    ),
    _invariant(
        "expiry",
        "An order expires later than it was opened and once its expiry is past, and takes no new payment after it.",
    ),
    _invariant("notes", "A payment has a name for each later attempt that came of it, and no others."),
    _invariant("receipts", "A payment has a receipt or a failure if one came for it, and no more than came."),
    _invariant("unique_external_id", "A provider's id belongs to one payment."),
    _invariant("unique_attempt", "Every attempt that Click makes belongs to one payment, and is its name or its note."),
    _invariant("unique_account", "An account belongs to one order of a shop."),
    _invariant("lifetime", "Nothing is pending for two minutes longer than its lifetime."),
    _invariant("from_future", "Nothing that is pending was begun more than an hour and two minutes from now."),
    _invariant("sequences", "No sequence will give an id that its table has already."),
    _invariant(
        "deliveries",
        "Every event since an endpoint began has its one delivery there, and a delivery is of an event and an endpoint"
        " of one shop.",
    ),
    _invariant("delivered", "What is delivered was received: its last attempt was answered 2xx."),
    _invariant("nothing_waits", "Nothing that is due waits at an open endpoint to which nothing was sent for minutes."),
    _invariant("guards", "The database's own guards stand: unique indexes, constraints, append-only tables."),
)


def edges() -> Iterator[Edge]:
    """List every transition that the state tables allow."""
    transitions: list[tuple[Verb, PaymentState | None, PaymentState]] = [
        (Verb.CREATE, None, PaymentState.PENDING),
        (Verb.RECORD, None, PaymentState.PAID),
    ]
    transitions += [
        (verb, standing.state, outcome.state)
        for (standing, verb), outcome in PAYMENT.items()
        if isinstance(outcome, To)
    ]
    for kind in OrderKind:
        yield kind, OrderVerb.OPEN, "", "", "", OrderState.AWAITING
        yield kind, OrderVerb.OPEN, "", "", "", OrderState.ELSEWHERE
        for state in OrderState:
            for verb in (v for v in RECORDED_ORDER_VERBS if v is not OrderVerb.OPEN):
                if isinstance(outcome := ORDER[kind, state, verb], To):
                    yield kind, verb, "", "", state, outcome.state
            for payment_verb, before, after in transitions:
                of_order = order_verb(payment_verb, before, after)
                following = Same() if of_order is None else ORDER[kind, state, of_order]
                if isinstance(following, To):
                    yield kind, payment_verb, before or "", after, state, following.state
                elif isinstance(following, Same):
                    yield kind, payment_verb, before or "", after, state, state


Guard = tuple[str, Literal["index", "constraint", "trigger"], str]


def guards() -> Iterator[Guard]:
    """List the database's guards that could have been dropped, with their tables."""
    name_of = postgresql.dialect().identifier_preparer.format_constraint  # type: ignore[no-untyped-call]
    for table in metadata.tables.values():
        yield table.name, "index", str(name_of(table.primary_key))
        yield from ((table.name, "index", str(index.name)) for index in table.indexes if index.unique)
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint | ForeignKeyConstraint):
                yield table.name, "constraint", str(name_of(constraint))
    yield from ((table, "trigger", "append_only") for table in APPEND_ONLY)


def _columns(names: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> dict[str, list[str]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


RULES: Final[Mapping[str, Any]] = {
    **_columns(
        ("edge_kind", "edge_verb", "edge_payment_from", "edge_payment_to", "edge_order_from", "edge_order_to"),
        edges(),
    ),
    **_columns(
        ("event_verb", "event_payment_to", "event_name"),
        ((verb, state or "", name) for (verb, state), name in EVENTS.items()),
    ),
    **_columns(("guard_table", "guard_kind", "guard_name"), guards()),
    "overruled_provider": [provider for provider, _ in sorted(OVERRULED)],
    "overruled_reason": [int(reason) for _, reason in sorted(OVERRULED)],
    "late_max": PAYME_LIFETIME,
    "ahead_max": AHEAD_MAX,
    "id_block": ID_BLOCK,
    "twin": TWIN,
    "event_schema": EVENT_SCHEMA,
    "iso": 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"',
}
"""The queries check the books against these values, taken from the tables of the core and the schema."""
