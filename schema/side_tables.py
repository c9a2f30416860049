"""The side tables hold what goes on beside payments: answers to repeats, the journal, restores, living workers."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, SmallInteger, Table, Text, text

from schema.columns import moment
from schema.metadata import metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    moment("created_at", nullable=False),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    moment("at", nullable=False),
    Column("interface", Text, nullable=False),
    Column("shop", Text),
    Column("method", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("refusal", Text),
    # What it was about: the order's account where the call names it, else the provider's id of the payment.
    Column("about", Text(collation="C")),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("microseconds", BigInteger, nullable=False),
    Column("remote", Text),
    Index("ix_exchanges_at", "at"),
    # Without the shop's own reading, which changes nothing and may come every second.
    Index("ix_exchanges_about", "about", "id", postgresql_where=text("about IS NOT NULL AND method NOT LIKE 'GET %'")),
)

restores = Table(
    "restores",
    metadata,
    # A copy of the database was put in its place. Until it was resumed nothing is answered from it.
    moment("at", primary_key=True, server_default=text("clock_timestamp()")),
    moment("resumed_at"),
    # Payments with lower ids were begun before it. Until it was reconciled no time is over for them.
    Column("first_payment_id", BigInteger),
    moment("reconciled_at"),
    CheckConstraint("(resumed_at IS NULL) = (first_payment_id IS NULL)", name="resumed_behind_the_copys_ids"),
    CheckConstraint("reconciled_at IS NULL OR resumed_at IS NOT NULL", name="resumed_before_reconciled"),
)

worker_reports = Table(
    "worker_reports",
    metadata,
    # While one has reported lately, those who serve leave the sweep and what is deleted after a time to it.
    Column("process", Text, primary_key=True),
    moment("at", nullable=False),
)
