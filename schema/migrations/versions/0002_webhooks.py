"""This step makes the webhooks' endpoints, deliveries, attempts and replays, and a table of the workers."""

from alembic import op

revision = "0002_webhooks"
down_revision = "0001_books"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE webhook_endpoints (
        id INTEGER GENERATED ALWAYS AS IDENTITY,
        shop TEXT NOT NULL,
        name TEXT NOT NULL,
        url TEXT,
        events TEXT[],
        state TEXT NOT NULL,
        reason TEXT,
        source TEXT NOT NULL,
        generation INTEGER DEFAULT 1 NOT NULL,
        previous_until TIMESTAMP WITH TIME ZONE,
        key_print TEXT,
        failures INTEGER DEFAULT 0 NOT NULL,
        failing_since TIMESTAMP WITH TIME ZONE,
        paused_until TIMESTAMP WITH TIME ZONE,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        resuming BOOLEAN DEFAULT false NOT NULL,
        last_success_at TIMESTAMP WITH TIME ZONE,
        last_failure_at TIMESTAMP WITH TIME ZONE,
        last_failure TEXT,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        filled_until TIMESTAMP WITH TIME ZONE NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
        CONSTRAINT ck_webhook_endpoints_state_word CHECK (state IN ('enabled', 'disabled', 'removed')),
        CONSTRAINT ck_webhook_endpoints_reason_word CHECK (reason IN ('failing', 'gone', 'shop', 'operator')),
        CONSTRAINT ck_webhook_endpoints_source_word CHECK (source IN ('settings', 'api', 'operator')),
        CONSTRAINT ck_webhook_endpoints_name_length CHECK (char_length(name) BETWEEN 1 AND 32),
        CONSTRAINT ck_webhook_endpoints_reason_when_disabled
            CHECK ((state = 'disabled') = (reason IS NOT NULL)),
        CONSTRAINT ck_webhook_endpoints_paused_after_failures CHECK (paused_until IS NULL OR failures > 0)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_webhook_endpoints_shop_name ON webhook_endpoints (shop, name) WHERE state <> 'removed'
    """,
    """
    CREATE TABLE deliveries (
        event_id BIGINT NOT NULL,
        endpoint_id INTEGER NOT NULL,
        shop TEXT NOT NULL,
        stream BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        tries SMALLINT DEFAULT 0 NOT NULL,
        losses SMALLINT DEFAULT 0 NOT NULL,
        fence INTEGER DEFAULT 0 NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        leased_until TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        settled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_deliveries PRIMARY KEY (event_id, endpoint_id),
        CONSTRAINT ck_deliveries_state_word CHECK (state IN ('due', 'delivered', 'dead', 'skipped')),
        CONSTRAINT ck_deliveries_reason_word CHECK (reason IN ('tries', 'kills_workers', 'too_old')),
        CONSTRAINT ck_deliveries_settled_unless_due CHECK ((state = 'due') = (settled_at IS NULL)),
        CONSTRAINT ck_deliveries_reason_when_dead CHECK ((state = 'dead') = (reason IS NOT NULL)),
        CONSTRAINT ck_deliveries_leased_while_due CHECK (leased_until IS NULL OR state = 'due')
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01)
    """,
    "CREATE INDEX deliveries_due ON deliveries (endpoint_id, due_at, event_id) WHERE state = 'due'",
    "CREATE INDEX deliveries_stream ON deliveries (stream, sequence) WHERE settled_at IS NULL",
    "CREATE INDEX deliveries_dead ON deliveries (endpoint_id, event_id) WHERE state = 'dead'",
    """
    CREATE TABLE webhook_attempts (
        event_id BIGINT NOT NULL,
        endpoint_id INTEGER NOT NULL,
        fence INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        milliseconds INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        note TEXT,
        answer TEXT,
        address TEXT,
        CONSTRAINT pk_webhook_attempts PRIMARY KEY (event_id, endpoint_id, fence)
    )
    """,
    "CREATE INDEX ix_webhook_attempts_at ON webhook_attempts (at)",
    """
    CREATE TRIGGER append_only BEFORE UPDATE ON webhook_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE webhook_replays (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        endpoint_id INTEGER NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        types TEXT[],
        which TEXT NOT NULL,
        state TEXT NOT NULL,
        reached BIGINT,
        replayed BIGINT DEFAULT 0 NOT NULL,
        asked_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_webhook_replays PRIMARY KEY (id),
        CONSTRAINT ck_webhook_replays_which_word CHECK (which IN ('dead', 'missing', 'all')),
        CONSTRAINT ck_webhook_replays_state_word CHECK (state IN ('running', 'ended')),
        CONSTRAINT ck_webhook_replays_begins_before_its_end CHECK (since < until)
    )
    """,
    "CREATE INDEX ix_webhook_replays_running ON webhook_replays (id) WHERE state = 'running'",
    "CREATE UNIQUE INDEX one_running_replay ON webhook_replays (endpoint_id) WHERE state = 'running'",
    """
    CREATE TABLE worker_reports (
        process TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_worker_reports PRIMARY KEY (process)
    )
    """,
    # An older release goes on beside these: it writes no deliveries, and what it leaves out is filled in.
    "INSERT INTO schema_promises (revision, serves_from) VALUES ('0002_webhooks', '0.1.0')",
)

DOWN = (
    "DROP TABLE worker_reports, webhook_replays, webhook_attempts, deliveries, webhook_endpoints",
    "DELETE FROM schema_promises WHERE revision = '0002_webhooks'",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
