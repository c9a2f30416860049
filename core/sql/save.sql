-- Writes everything that a batch has decided. Every update is a compare-and-set on the state that was read; the counts
-- tell whether each found its row. The parts of a WITH run in no fixed order, so each waits for the one before it by
-- reading its count: a released payment must be gone from the unique index before its successor comes.
WITH order_updates AS (
    UPDATE orders o
    SET state = n.state, version = n.version, delivered_at = n.delivered_at, changed_at = n.changed_at
    FROM unnest(
        CAST(:ou_id AS bigint[]), CAST(:ou_state_read AS text[]), CAST(:ou_version_read AS bigint[]),
        CAST(:ou_state AS text[]), CAST(:ou_version AS bigint[]), CAST(:ou_delivered_at AS timestamptz[]),
        CAST(:ou_changed_at AS timestamptz[])
    ) AS n (id, state_read, version_read, state, version, delivered_at, changed_at)
    WHERE o.id = n.id AND o.state = n.state_read AND o.version = n.version_read
    RETURNING o.id
),
order_inserts AS (
    INSERT INTO orders (
        id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
        description, items, shipping, metadata, expires_at, delivered_at, created_at, changed_at
    )
    SELECT
        n.id, n.shop, n.account, n.kind, n.amount, n.min_amount, n.max_amount, n.state, n.version, n.fingerprint,
        n.description, CAST(n.items AS jsonb), CAST(n.shipping AS jsonb), CAST(n.metadata AS jsonb),
        n.expires_at, n.delivered_at, n.created_at, n.changed_at
    FROM unnest(
        CAST(:oi_id AS bigint[]), CAST(:oi_shop AS text[]), CAST(:oi_account AS text[]), CAST(:oi_kind AS text[]),
        CAST(:oi_amount AS bigint[]), CAST(:oi_min_amount AS bigint[]), CAST(:oi_max_amount AS bigint[]),
        CAST(:oi_state AS text[]), CAST(:oi_version AS bigint[]), CAST(:oi_fingerprint AS text[]),
        CAST(:oi_description AS text[]), CAST(:oi_items AS text[]), CAST(:oi_shipping AS text[]),
        CAST(:oi_metadata AS text[]), CAST(:oi_expires_at AS timestamptz[]), CAST(:oi_delivered_at AS timestamptz[]),
        CAST(:oi_created_at AS timestamptz[]), CAST(:oi_changed_at AS timestamptz[])
    ) AS n (
        id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
        description, items, shipping, metadata, expires_at, delivered_at, created_at, changed_at
    )
    WHERE (SELECT count(*) FROM order_updates) >= 0
    RETURNING id
),
payment_updates AS (
    UPDATE payments p
    SET
        state = n.state, reason = n.reason, performed_at = n.performed_at, cancelled_at = n.cancelled_at,
        also_known_as = ARRAY(SELECT jsonb_array_elements_text(CAST(n.also_known_as AS jsonb))),
        fiscal_perform = coalesce(CAST(n.fiscal_perform AS jsonb), p.fiscal_perform),
        fiscal_cancel = coalesce(CAST(n.fiscal_cancel AS jsonb), p.fiscal_cancel)
    FROM unnest(
        CAST(:pu_id AS int[]), CAST(:pu_state_read AS text[]), CAST(:pu_state AS text[]), CAST(:pu_reason AS int[]),
        CAST(:pu_performed_at AS timestamptz[]), CAST(:pu_cancelled_at AS timestamptz[]),
        CAST(:pu_also_known_as AS text[]), CAST(:pu_fiscal_perform AS text[]), CAST(:pu_fiscal_cancel AS text[])
    ) AS n (id, state_read, state, reason, performed_at, cancelled_at, also_known_as, fiscal_perform, fiscal_cancel)
    WHERE p.id = n.id AND p.state = n.state_read AND (SELECT count(*) FROM order_inserts) >= 0
    RETURNING p.id
),
payment_inserts AS (
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, reason,
        provider_time, created_at, performed_at, cancelled_at, click_paydoc_id, fiscal_perform, fiscal_cancel
    )
    SELECT
        n.id, n.order_id, n.shop, n.provider, n.external_id,
        ARRAY(SELECT jsonb_array_elements_text(CAST(n.also_known_as AS jsonb))), CAST(n.account AS jsonb),
        n.one_time, n.amount, n.state, n.reason, n.provider_time, n.created_at, n.performed_at, n.cancelled_at,
        n.click_paydoc_id, CAST(n.fiscal_perform AS jsonb), CAST(n.fiscal_cancel AS jsonb)
    FROM unnest(
        CAST(:pi_id AS int[]), CAST(:pi_order_id AS bigint[]), CAST(:pi_shop AS text[]), CAST(:pi_provider AS text[]),
        CAST(:pi_external_id AS text[]), CAST(:pi_also_known_as AS text[]), CAST(:pi_account AS text[]),
        CAST(:pi_one_time AS bool[]), CAST(:pi_amount AS bigint[]), CAST(:pi_state AS text[]),
        CAST(:pi_reason AS int[]), CAST(:pi_provider_time AS timestamptz[]), CAST(:pi_created_at AS timestamptz[]),
        CAST(:pi_performed_at AS timestamptz[]), CAST(:pi_cancelled_at AS timestamptz[]),
        CAST(:pi_click_paydoc_id AS bigint[]), CAST(:pi_fiscal_perform AS text[]), CAST(:pi_fiscal_cancel AS text[])
    ) AS n (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, reason,
        provider_time, created_at, performed_at, cancelled_at, click_paydoc_id, fiscal_perform, fiscal_cancel
    )
    WHERE (SELECT count(*) FROM payment_updates) >= 0
    RETURNING id
),
move_inserts AS (
    INSERT INTO moves (
        id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to,
        version, at, actor, correlation_id
    )
    SELECT n.*
    FROM unnest(
        CAST(:m_id AS bigint[]), CAST(:m_shop AS text[]), CAST(:m_order_id AS bigint[]), CAST(:m_payment_id AS int[]),
        CAST(:m_verb AS text[]), CAST(:m_payment_from AS text[]), CAST(:m_payment_to AS text[]),
        CAST(:m_order_from AS text[]), CAST(:m_order_to AS text[]), CAST(:m_version AS bigint[]),
        CAST(:m_at AS timestamptz[]), CAST(:m_actor AS text[]), CAST(:m_correlation_id AS text[])
    ) AS n
    WHERE (SELECT count(*) FROM payment_inserts) >= 0
    RETURNING id
),
outbox_inserts AS (
    INSERT INTO outbox (move_id, shop, order_id, sequence, event, payload, state, attempts, due_at, fence)
    SELECT n.move_id, n.shop, n.order_id, n.sequence, n.event, CAST(n.payload AS jsonb), 'due', 0, n.due_at, 0
    FROM unnest(
        CAST(:x_move_id AS bigint[]), CAST(:x_shop AS text[]), CAST(:x_order_id AS bigint[]),
        CAST(:x_sequence AS bigint[]), CAST(:x_event AS text[]), CAST(:x_payload AS text[]),
        CAST(:x_due_at AS timestamptz[])
    ) AS n (move_id, shop, order_id, sequence, event, payload, due_at)
    WHERE (SELECT count(*) FROM move_inserts) >= 0
    RETURNING move_id
),
kept_inserts AS (
    INSERT INTO idempotency_keys (shop, key, fingerprint, status, body, created_at)
    SELECT n.*
    FROM unnest(
        CAST(:k_shop AS text[]), CAST(:k_key AS text[]), CAST(:k_fingerprint AS text[]), CAST(:k_status AS smallint[]),
        CAST(:k_body AS text[]), CAST(:k_created_at AS timestamptz[])
    ) AS n
    WHERE (SELECT count(*) FROM outbox_inserts) >= 0
    RETURNING key
)
SELECT
    (SELECT count(*) FROM order_updates) AS order_updates,
    (SELECT count(*) FROM payment_updates) AS payment_updates,
    (SELECT count(*) FROM kept_inserts) AS kept_inserts
