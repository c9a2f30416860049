"""This step makes an index of events by their time, beside the traffic."""

from alembic import op

revision = "0003_outbox_at"
down_revision = "0002_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_outbox_at ON outbox USING brin (at) WITH (autosummarize = true)")
    op.execute("INSERT INTO schema_promises (revision, serves_from) VALUES ('0003_outbox_at', '0.1.0')")


def downgrade() -> None:
    op.execute("DROP INDEX ix_outbox_at")
    op.execute("DELETE FROM schema_promises WHERE revision = '0003_outbox_at'")
