"""The tables hold orders, payments and all that belongs to them, with every rule that the database itself can keep."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from schema.columns import moment, word
from schema.metadata import metadata as metadata
from schema.promises import schema_promises as schema_promises
from schema.side_tables import exchanges as exchanges
from schema.side_tables import idempotency_keys as idempotency_keys
from schema.side_tables import restores as restores
from schema.side_tables import worker_reports as worker_reports
from schema.values import (
    RECORDED_VERBS,
    Actor,
    CardType,
    Lang,
    OrderKind,
    OrderState,
    PaymentSource,
    PaymentState,
)
from schema.webhook_tables import deliveries as deliveries
from schema.webhook_tables import webhook_attempts as webhook_attempts
from schema.webhook_tables import webhook_endpoints as webhook_endpoints
from schema.webhook_tables import webhook_replays as webhook_replays

ID_BLOCK: Final = 32
"""Sequences step by this much: a process takes ids in blocks, and needs no round trip for each."""

order_ids = Sequence("order_ids", increment=ID_BLOCK, metadata=metadata)
payment_ids = Sequence("payment_ids", increment=ID_BLOCK, maxvalue=2**31 - ID_BLOCK, metadata=metadata)
transition_ids = Sequence("transition_ids", increment=ID_BLOCK, metadata=metadata)


RECEIPTS: Final = ("fiscal_perform", "fiscal_cancel", "fiscal_perform_failure", "fiscal_cancel_failure")
"""Of a payment: what the tax office said of it, and of its reversal."""

TOTALS: Final = ("payment_count", "paid_total", "reversed_total")
"""Of an order: how many payments it has, and what they come to in two of their states, in tiyin."""


orders = Table(
    "orders",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("shop", Text, nullable=False),
    Column("account", Text, nullable=False),
    *word("kind", OrderKind, nullable=False),
    Column("amount", BigInteger),
    Column("min_amount", BigInteger),
    Column("max_amount", BigInteger),
    *word("state", OrderState, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("description", Text),
    Column("items", JSONB),
    Column("shipping", JSONB),
    Column("metadata", JSONB, nullable=False),
    Column("return_url", Text),
    *word("lang", Lang),
    *word("card_type", CardType),
    moment("expires_at"),
    Column("strict_expiry", Boolean, nullable=False, server_default=text("false")),
    moment("delivered_at"),
    moment("terms_at"),
    moment("reopened_at"),
    moment("created_at", nullable=False),
    moment("changed_at", nullable=False),
    # Kept with each transition: a balance may have more payments than anybody wants to add up for an answer.
    *(Column(total, BigInteger, nullable=False, server_default=text("0")) for total in TOTALS),
    CheckConstraint("char_length(account) BETWEEN 1 AND 255", name="account_length"),
    CheckConstraint("(kind = 'one_time') = (amount IS NOT NULL)", name="amount_of_one_time"),
    CheckConstraint("kind = 'accumulative' OR (min_amount IS NULL AND max_amount IS NULL)", name="limits_of_balance"),
    CheckConstraint("amount > 0 AND min_amount > 0 AND max_amount > 0", name="amounts_positive"),
    CheckConstraint("min_amount <= max_amount", name="limits_in_order"),
    CheckConstraint("payment_count >= 0 AND paid_total >= 0 AND reversed_total >= 0", name="totals_not_negative"),
    CheckConstraint(
        "kind = 'one_time' OR state IN ('awaiting', 'cancelled', 'expired', 'elsewhere')",
        name="balance_is_never_used_up",
    ),
    # Unique indexes lead with what is looked up: the planner then prefers them even before the first ANALYZE.
    Index("uq_orders_account_shop", "account", "shop", unique=True),
    Index("ix_orders_shop_created_at", "shop", "created_at", "id"),
    Index("ix_orders_shop_state_created_at", "shop", "state", "created_at", "id"),
    Index("ix_orders_expiring", "expires_at", postgresql_where=text("state = 'awaiting' AND expires_at IS NOT NULL")),
)

payments = Table(
    "payments",
    metadata,
    # An integer, not a bigint: Click takes it as merchant_prepare_id, which is below 2^31.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("shop", Text, nullable=False),
    *word("provider", PaymentSource, nullable=False),
    # Compared byte by byte, so that its index finds a beginning too, whatever the database's own collation is.
    Column("external_id", Text(collation="C"), nullable=False),
    Column("also_known_as", ARRAY(Text), nullable=False),
    Column("account", JSONB, nullable=False),
    Column("one_time", Boolean, nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount > 0", name="amount_positive"), nullable=False),
    *word("state", PaymentState, nullable=False),
    Column("reason", Integer),
    moment("provider_time", nullable=False),
    moment("created_at", nullable=False),
    moment("performed_at"),
    moment("cancelled_at"),
    Column("click_paydoc_id", BigInteger),
    # The last receipt that the tax office has registered, and beside it the last failure since then, with what came.
    *(Column(receipt, JSONB) for receipt in RECEIPTS),
    CheckConstraint(
        "(performed_at IS NOT NULL) = (state IN ('paid', 'reversed', 'moved'))", name="performed_when_paid"
    ),
    CheckConstraint("(cancelled_at IS NOT NULL) = (state IN ('cancelled', 'reversed'))", name="cancelled_when_ended"),
    CheckConstraint("performed_at >= created_at", name="performed_after_created"),
    CheckConstraint("cancelled_at >= coalesce(performed_at, created_at)", name="cancelled_after_performed"),
    Index("uq_payments_external_id_shop", "external_id", "provider", "shop", unique=True),
    # One live payment for a one-time order: the rule that no race may break.
    Index(
        "one_live_payment",
        "order_id",
        unique=True,
        postgresql_where=text("one_time AND state IN ('pending', 'paid')"),
    ),
    # By time and not by id: ids come in blocks for each process, and say nothing of what was first.
    Index("ix_payments_order_id_created_at", "order_id", "created_at", "id"),
    Index(
        "ix_payments_click_paydoc", "click_paydoc_id", "order_id", postgresql_where=text("click_paydoc_id IS NOT NULL")
    ),
    Index(
        "ix_payments_also_known_as",
        "also_known_as",
        postgresql_using="gin",
        postgresql_where=text("also_known_as <> '{}'"),
    ),
    Index("ix_payments_statement", "shop", "provider", "provider_time", "id"),
    # A lifetime counts from the provider's moment or from ours, whichever was earlier.
    Index(
        "ix_payments_pending",
        "provider",
        text("least(provider_time, created_at)"),
        postgresql_where=text("state = 'pending'"),
    ),
    # Of a balance, which may have any number of them. It does not say `state`: what does, the planner would rather read
    # from the index above, which is next to nothing but on the day on which much is pending.
    Index(
        "ix_payments_pending_of_balance",
        "order_id",
        postgresql_where=text("NOT one_time AND performed_at IS NULL AND cancelled_at IS NULL"),
    ),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("shop", Text, nullable=False),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("payment_id", Integer, ForeignKey("payments.id")),
    *word("verb", RECORDED_VERBS, nullable=False),
    *word("payment_from", PaymentState),
    *word("payment_to", PaymentState),
    *word("order_from", OrderState),
    *word("order_to", OrderState, nullable=False),
    Column("version", BigInteger, nullable=False),
    moment("at", nullable=False),
    *word("actor", Actor, nullable=False),
    Column("correlation_id", Text, nullable=False),
    CheckConstraint("(payment_id IS NULL) = (payment_to IS NULL)", name="payment_goes_somewhere"),
    Index("uq_transitions_order_id_version", "order_id", "version", unique=True),
    Index("ix_transitions_payment_id", "payment_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("transition_id", BigInteger, ForeignKey("transitions.id"), primary_key=True, autoincrement=False),
    Column("shop", Text, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    moment("at", nullable=False),
    Index("uq_outbox_order_id_sequence", "order_id", "sequence", unique=True),
    # Events come nearly in the order of their times: that much costs next to nothing, and finds a day's.
    Index("ix_outbox_at", "at", postgresql_using="brin", postgresql_with={"autosummarize": True}),
)

APPEND_ONLY: Final = {
    "transitions": ("UPDATE", "DELETE", "TRUNCATE"),
    "outbox": ("UPDATE", "DELETE", "TRUNCATE"),
    "exchanges": ("UPDATE",),
    "webhook_attempts": ("UPDATE",),
}
"""What the database refuses to do to these tables. Old exchanges and attempts may be deleted: they are kept N days."""
