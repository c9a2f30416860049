"""The webhook tables hold where events are sent, which delivery of each is still to be made, and every attempt."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from schema.columns import moment, word
from schema.metadata import metadata
from schema.webhooks import (
    DeadReason,
    DeliveryState,
    DisabledReason,
    EndpointSource,
    EndpointState,
    ReplayChoice,
    ReplayState,
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("shop", Text, nullable=False),
    Column("name", Text, nullable=False),
    # None: nothing is sent, the shop pulls.
    Column("url", Text),
    # None: events of every type.
    Column("events", ARRAY(Text)),
    *word("state", EndpointState, nullable=False),
    *word("reason", DisabledReason),
    *word("source", EndpointSource, nullable=False),
    # Its secret is derived from this, and from the fingerprint's key; no secret stands here.
    Column("generation", Integer, nullable=False, server_default=text("1")),
    moment("previous_until"),
    Column("key_print", Text),
    # In a row, without a 2xx in between.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("failing_since"),
    moment("paused_until"),
    # When it last began to be sent to, or to be sent to again.
    moment("opened_at", nullable=False),
    # What waited while it was away is still being made due.
    Column("resuming", Boolean, nullable=False, server_default=text("false")),
    moment("last_success_at"),
    moment("last_failure_at"),
    Column("last_failure", Text),
    # Every event of its types from the first moment up to the second has its delivery.
    moment("since", nullable=False),
    moment("filled_until", nullable=False),
    moment("created_at", nullable=False),
    moment("changed_at", nullable=False),
    CheckConstraint("char_length(name) BETWEEN 1 AND 32", name="name_length"),
    CheckConstraint("(state = 'disabled') = (reason IS NOT NULL)", name="reason_when_disabled"),
    CheckConstraint("paused_until IS NULL OR failures > 0", name="paused_after_failures"),
    Index("uq_webhook_endpoints_shop_name", "shop", "name", unique=True, postgresql_where=text("state <> 'removed'")),
)

deliveries = Table(
    "deliveries",
    metadata,
    # No foreign keys: the payment's own transaction inserts these, and the audit looks.
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("endpoint_id", Integer, primary_key=True, autoincrement=False),
    Column("shop", Text, nullable=False),
    # The order, or the negative id of the payment of a balance: within a stream events are sent one after another.
    Column("stream", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    *word("state", DeliveryState, nullable=False),
    *word("reason", DeadReason),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    # Times that it was claimed and nothing was heard of it.
    Column("losses", SmallInteger, nullable=False, server_default=text("0")),
    # Counts the claims: what comes of an older one has no effect.
    Column("fence", Integer, nullable=False, server_default=text("0")),
    moment("due_at", nullable=False),
    moment("leased_until"),
    moment("created_at", nullable=False),
    moment("settled_at"),
    CheckConstraint("(state = 'due') = (settled_at IS NULL)", name="settled_unless_due"),
    CheckConstraint("(state = 'dead') = (reason IS NOT NULL)", name="reason_when_dead"),
    CheckConstraint("leased_until IS NULL OR state = 'due'", name="leased_while_due"),
    Index("deliveries_due", "endpoint_id", "due_at", "event_id", postgresql_where=text("state = 'due'")),
    Index("deliveries_stream", "stream", "sequence", postgresql_where=text("settled_at IS NULL")),
    Index("deliveries_dead", "endpoint_id", "event_id", postgresql_where=text("state = 'dead'")),
    postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.01},
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("endpoint_id", Integer, primary_key=True, autoincrement=False),
    Column("fence", Integer, primary_key=True, autoincrement=False),
    moment("at", nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("note", Text),
    Column("answer", Text),
    Column("address", Text),
    Index("ix_webhook_attempts_at", "at"),
)

webhook_replays = Table(
    "webhook_replays",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("endpoint_id", Integer, nullable=False),
    moment("since", nullable=False),
    moment("until", nullable=False),
    Column("types", ARRAY(Text)),
    *word("which", ReplayChoice, nullable=False),
    *word("state", ReplayState, nullable=False),
    # The event up to which it has come; its progress is this row, so that another process goes on with it.
    Column("reached", BigInteger),
    Column("replayed", BigInteger, nullable=False, server_default=text("0")),
    Column("asked_by", Text, nullable=False),
    moment("created_at", nullable=False),
    moment("ended_at"),
    CheckConstraint("since < until", name="begins_before_its_end"),
    Index("ix_webhook_replays_running", "id", postgresql_where=text("state = 'running'")),
    # Two that ask at once do not see each other's.
    Index("one_running_replay", "endpoint_id", unique=True, postgresql_where=text("state = 'running'")),
)
