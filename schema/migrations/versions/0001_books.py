"""This step makes orders, payments, transitions, the outbox, idempotency keys, the journal, restores and promises."""

from alembic import op

revision = "0001_books"
down_revision = None
branch_labels = None
depends_on = None

ORDER_STATES = "'awaiting', 'reserved', 'paid', 'cancelled', 'expired', 'refunded', 'partially_refunded', 'elsewhere'"
PAYMENT_STATES = "'pending', 'paid', 'cancelled', 'reversed', 'moved'"

UP = (
    "CREATE SEQUENCE order_ids INCREMENT BY 32",
    "CREATE SEQUENCE payment_ids INCREMENT BY 32 MAXVALUE 2147483616",
    "CREATE SEQUENCE transition_ids INCREMENT BY 32",
    f"""
    CREATE TABLE orders (
        id BIGINT NOT NULL,
        shop TEXT NOT NULL,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        amount BIGINT,
        min_amount BIGINT,
        max_amount BIGINT,
        state TEXT NOT NULL,
        version BIGINT NOT NULL,
        fingerprint TEXT NOT NULL,
        description TEXT,
        items JSONB,
        shipping JSONB,
        metadata JSONB NOT NULL,
        return_url TEXT,
        lang TEXT,
        card_type TEXT,
        expires_at TIMESTAMP WITH TIME ZONE,
        strict_expiry BOOLEAN DEFAULT false NOT NULL,
        delivered_at TIMESTAMP WITH TIME ZONE,
        terms_at TIMESTAMP WITH TIME ZONE,
        reopened_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        payment_count BIGINT DEFAULT 0 NOT NULL,
        paid_total BIGINT DEFAULT 0 NOT NULL,
        reversed_total BIGINT DEFAULT 0 NOT NULL,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT ck_orders_kind_word CHECK (kind IN ('one_time', 'accumulative')),
        CONSTRAINT ck_orders_state_word CHECK (state IN ({ORDER_STATES})),
        CONSTRAINT ck_orders_lang_word CHECK (lang IN ('ru', 'uz', 'en')),
        CONSTRAINT ck_orders_card_type_word CHECK (card_type IN ('uzcard', 'humo')),
        CONSTRAINT ck_orders_account_length CHECK (char_length(account) BETWEEN 1 AND 255),
        CONSTRAINT ck_orders_amount_of_one_time CHECK ((kind = 'one_time') = (amount IS NOT NULL)),
        CONSTRAINT ck_orders_limits_of_balance
            CHECK (kind = 'accumulative' OR (min_amount IS NULL AND max_amount IS NULL)),
        CONSTRAINT ck_orders_amounts_positive CHECK (amount > 0 AND min_amount > 0 AND max_amount > 0),
        CONSTRAINT ck_orders_limits_in_order CHECK (min_amount <= max_amount),
        CONSTRAINT ck_orders_totals_not_negative
            CHECK (payment_count >= 0 AND paid_total >= 0 AND reversed_total >= 0),
        CONSTRAINT ck_orders_balance_is_never_used_up
            CHECK (kind = 'one_time' OR state IN ('awaiting', 'cancelled', 'expired', 'elsewhere'))
    )
    """,
    "CREATE INDEX ix_orders_expiring ON orders (expires_at) WHERE state = 'awaiting' AND expires_at IS NOT NULL",
    "CREATE INDEX ix_orders_shop_created_at ON orders (shop, created_at, id)",
    "CREATE INDEX ix_orders_shop_state_created_at ON orders (shop, state, created_at, id)",
    "CREATE UNIQUE INDEX uq_orders_account_shop ON orders (account, shop)",
    f"""
    CREATE TABLE payments (
        id INTEGER NOT NULL,
        order_id BIGINT NOT NULL,
        shop TEXT NOT NULL,
        provider TEXT NOT NULL,
        external_id TEXT COLLATE "C" NOT NULL,
        also_known_as TEXT[] NOT NULL,
        account JSONB NOT NULL,
        one_time BOOLEAN NOT NULL,
        amount BIGINT NOT NULL CONSTRAINT ck_payments_amount_positive CHECK (amount > 0),
        state TEXT NOT NULL,
        reason INTEGER,
        provider_time TIMESTAMP WITH TIME ZONE NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        performed_at TIMESTAMP WITH TIME ZONE,
        cancelled_at TIMESTAMP WITH TIME ZONE,
        click_paydoc_id BIGINT,
        fiscal_perform JSONB,
        fiscal_cancel JSONB,
        fiscal_perform_failure JSONB,
        fiscal_cancel_failure JSONB,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT ck_payments_provider_word CHECK (provider IN ('payme', 'click', 'manual', 'transfer')),
        CONSTRAINT ck_payments_state_word CHECK (state IN ({PAYMENT_STATES})),
        CONSTRAINT ck_payments_performed_when_paid
            CHECK ((performed_at IS NOT NULL) = (state IN ('paid', 'reversed', 'moved'))),
        CONSTRAINT ck_payments_cancelled_when_ended
            CHECK ((cancelled_at IS NOT NULL) = (state IN ('cancelled', 'reversed'))),
        CONSTRAINT ck_payments_performed_after_created CHECK (performed_at >= created_at),
        CONSTRAINT ck_payments_cancelled_after_performed CHECK (cancelled_at >= coalesce(performed_at, created_at)),
        CONSTRAINT fk_payments_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    "CREATE INDEX ix_payments_also_known_as ON payments USING gin (also_known_as) WHERE also_known_as <> '{}'",
    "CREATE INDEX ix_payments_click_paydoc ON payments (click_paydoc_id, order_id) WHERE click_paydoc_id IS NOT NULL",
    "CREATE INDEX ix_payments_order_id_created_at ON payments (order_id, created_at, id)",
    """
    CREATE INDEX ix_payments_pending ON payments (provider, least(provider_time, created_at))
    WHERE state = 'pending'
    """,
    """
    CREATE INDEX ix_payments_pending_of_balance ON payments (order_id)
    WHERE NOT one_time AND performed_at IS NULL AND cancelled_at IS NULL
    """,
    "CREATE INDEX ix_payments_statement ON payments (shop, provider, provider_time, id)",
    """
    CREATE UNIQUE INDEX one_live_payment ON payments (order_id)
    WHERE one_time AND state IN ('pending', 'paid')
    """,
    "CREATE UNIQUE INDEX uq_payments_external_id_shop ON payments (external_id, provider, shop)",
    f"""
    CREATE TABLE transitions (
        id BIGINT NOT NULL,
        shop TEXT NOT NULL,
        order_id BIGINT NOT NULL,
        payment_id INTEGER,
        verb TEXT NOT NULL,
        payment_from TEXT,
        payment_to TEXT,
        order_from TEXT,
        order_to TEXT NOT NULL,
        version BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        correlation_id TEXT NOT NULL,
        CONSTRAINT pk_transitions PRIMARY KEY (id),
        CONSTRAINT ck_transitions_verb_word
            CHECK (verb IN (
                'create', 'perform', 'cancel', 'release', 'revive', 'note', 'fiscalise',
                'give_back', 'reverse', 'record', 'take_back', 'move_away', 'move_back',
                'open', 'close', 'expire', 'deliver', 'amend', 'reopen', 'adopt',
                'ask', 'approve', 'withdraw', 'send', 'accept', 'decline', 'resend', 'doubt'
            )),
        CONSTRAINT ck_transitions_payment_from_word CHECK (payment_from IN ({PAYMENT_STATES})),
        CONSTRAINT ck_transitions_payment_to_word CHECK (payment_to IN ({PAYMENT_STATES})),
        CONSTRAINT ck_transitions_order_from_word CHECK (order_from IN ({ORDER_STATES})),
        CONSTRAINT ck_transitions_order_to_word CHECK (order_to IN ({ORDER_STATES})),
        CONSTRAINT ck_transitions_actor_word
            CHECK (actor IN ('payme', 'click', 'shop', 'clock', 'operator', 'import', 'reconciler')),
        CONSTRAINT ck_transitions_payment_goes_somewhere CHECK ((payment_id IS NULL) = (payment_to IS NULL)),
        CONSTRAINT fk_transitions_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_transitions_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
    )
    """,
    "CREATE INDEX ix_transitions_payment_id ON transitions (payment_id)",
    "CREATE UNIQUE INDEX uq_transitions_order_id_version ON transitions (order_id, version)",
    """
    CREATE TABLE outbox (
        transition_id BIGINT NOT NULL,
        shop TEXT NOT NULL,
        order_id BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        event TEXT NOT NULL,
        payload JSONB NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_outbox PRIMARY KEY (transition_id),
        CONSTRAINT fk_outbox_transition_id FOREIGN KEY(transition_id) REFERENCES transitions (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_outbox_order_id_sequence ON outbox (order_id, sequence)",
    """
    CREATE TABLE idempotency_keys (
        key TEXT NOT NULL,
        shop TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        status SMALLINT NOT NULL,
        body TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (key, shop)
    )
    """,
    "CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)",
    """
    CREATE TABLE exchanges (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        interface TEXT NOT NULL,
        shop TEXT,
        method TEXT NOT NULL,
        code TEXT NOT NULL,
        refusal TEXT,
        about TEXT COLLATE "C",
        request TEXT NOT NULL,
        answer TEXT NOT NULL,
        correlation_id TEXT NOT NULL,
        microseconds BIGINT NOT NULL,
        remote TEXT,
        CONSTRAINT pk_exchanges PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX ix_exchanges_about ON exchanges (about, id) WHERE about IS NOT NULL AND method NOT LIKE 'GET %'",
    "CREATE INDEX ix_exchanges_at ON exchanges (at)",
    """
    CREATE TABLE restores (
        at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        resumed_at TIMESTAMP WITH TIME ZONE,
        first_payment_id BIGINT,
        reconciled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_restores PRIMARY KEY (at),
        CONSTRAINT ck_restores_resumed_behind_the_copys_ids
            CHECK ((resumed_at IS NULL) = (first_payment_id IS NULL)),
        CONSTRAINT ck_restores_resumed_before_reconciled CHECK (reconciled_at IS NULL OR resumed_at IS NOT NULL)
    )
    """,
    "CREATE TABLE schema_promises (revision TEXT CONSTRAINT pk_schema_promises PRIMARY KEY, serves_from TEXT NOT NULL)",
    "INSERT INTO schema_promises (revision, serves_from) VALUES ('0001_books', '0.1.0')",
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transitions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE ON exchanges
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)

DOWN = (
    "DROP TABLE schema_promises, restores, exchanges, idempotency_keys, outbox, transitions, payments, orders",
    "DROP FUNCTION refuse_change()",
    "DROP SEQUENCE order_ids, payment_ids, transition_ids",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
