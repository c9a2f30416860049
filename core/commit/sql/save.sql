-- Writes everything that a batch has decided. Every update is a compare-and-set on the state that was read; the counts
-- show whether each found its row. The parts of a WITH run in no fixed order, so each waits for the one before it by
-- reading its count: a payment that ends must be gone from the unique index before its successor is inserted, or an
-- older one is revived. Only then the parts `payment_ends` and `payment_updates` are two (`without_ends`).
-- Each part takes its rows as one JSON text: as arrays, a parameter a column, they took several times as long to send.
-- JSON from outside (items, metadata) is text within it, so that no number in it is parsed on the way.
-- Each event becomes a delivery to every endpoint that asks for it, due at once by whatever clock, before any retry.
-- Payments are locked first, as orders were: a transaction that has locked one without its order must not keep
-- the batch waiting. Then no row may refer to that payment either: a foreign key's check would wait for it. All is
-- rolled back.
WITH payment_changes AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:payment_updates AS json)) AS n (
        id int, state_read text, ends bool, state text, reason int, performed_at timestamptz, cancelled_at timestamptz,
        click_paydoc_id bigint, also_known_as text[]
    )
),
payment_locks AS (
    SELECT id FROM payments WHERE id IN (SELECT id FROM payment_changes) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
),
payments_free AS MATERIALIZED (
    SELECT count(*) = (SELECT count(*) FROM payment_changes) AS all_locked FROM payment_locks
),
order_updates AS (
    UPDATE orders o
    SET
        state = n.state, version = n.version, delivered_at = n.delivered_at, changed_at = n.changed_at,
        payment_count = n.payment_count, paid_total = n.paid_total, reversed_total = n.reversed_total
    FROM json_to_recordset(CAST(:order_updates AS json)) AS n (
        id bigint, state_read text, version_read bigint, state text, version bigint, delivered_at timestamptz,
        changed_at timestamptz, payment_count bigint, paid_total bigint, reversed_total bigint
    )
    WHERE o.id = n.id AND o.state = n.state_read AND o.version = n.version_read
        AND (SELECT all_locked FROM payments_free)
    RETURNING o.id
),
order_inserts AS (
    INSERT INTO orders (
        id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
        description, items, shipping, metadata, return_url, lang, card_type, expires_at, strict_expiry, delivered_at,
        terms_at, reopened_at, created_at, changed_at, payment_count, paid_total, reversed_total
    )
    SELECT
        n.id, n.shop, n.account, n.kind, n.amount, n.min_amount, n.max_amount, n.state, n.version, n.fingerprint,
        n.description, CAST(n.items AS jsonb), CAST(n.shipping AS jsonb), CAST(n.metadata AS jsonb),
        n.return_url, n.lang, n.card_type, n.expires_at, n.strict_expiry, n.delivered_at, n.terms_at, n.reopened_at,
        n.created_at, n.changed_at, n.payment_count, n.paid_total, n.reversed_total
    FROM json_to_recordset(CAST(:order_inserts AS json)) AS n (
        id bigint, shop text, account text, kind text, amount bigint, min_amount bigint, max_amount bigint,
        state text, version bigint, fingerprint text, description text, items text, shipping text,
        metadata text, return_url text, lang text, card_type text, expires_at timestamptz, strict_expiry bool,
        delivered_at timestamptz, terms_at timestamptz, reopened_at timestamptz, created_at timestamptz,
        changed_at timestamptz, payment_count bigint, paid_total bigint, reversed_total bigint
    )
    WHERE (SELECT count(*) FROM order_updates) >= 0
    RETURNING id
),
payment_ends AS (
    UPDATE payments p
    SET
        state = n.state, reason = n.reason, performed_at = n.performed_at, cancelled_at = n.cancelled_at,
        click_paydoc_id = n.click_paydoc_id, also_known_as = n.also_known_as
    FROM payment_changes n
    WHERE n.ends AND p.id = n.id AND p.state = n.state_read AND p.id IN (SELECT id FROM payment_locks)
        AND (SELECT count(*) FROM order_inserts) >= 0
    RETURNING p.id
),
payment_updates AS (
    UPDATE payments p
    SET
        state = n.state, reason = n.reason, performed_at = n.performed_at, cancelled_at = n.cancelled_at,
        click_paydoc_id = n.click_paydoc_id, also_known_as = n.also_known_as
    FROM payment_changes n
    WHERE NOT n.ends AND p.id = n.id AND p.state = n.state_read AND p.id IN (SELECT id FROM payment_locks)
        AND (SELECT count(*) FROM payment_ends) >= 0
    RETURNING p.id
),
payment_inserts AS (
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, reason,
        provider_time, created_at, performed_at, cancelled_at, click_paydoc_id
    )
    SELECT
        n.id, n.order_id, n.shop, n.provider, n.external_id, n.also_known_as, CAST(n.account AS jsonb),
        n.one_time, n.amount, n.state, n.reason, n.provider_time, n.created_at, n.performed_at, n.cancelled_at,
        n.click_paydoc_id
    FROM json_to_recordset(CAST(:payment_inserts AS json)) AS n (
        id int, order_id bigint, shop text, provider text, external_id text, also_known_as text[], account text,
        one_time bool, amount bigint, state text, reason int, provider_time timestamptz,
        created_at timestamptz, performed_at timestamptz, cancelled_at timestamptz, click_paydoc_id bigint
    )
    WHERE (SELECT count(*) FROM payment_updates) >= 0 AND (SELECT all_locked FROM payments_free)
    RETURNING id
),
transition_inserts AS (
    INSERT INTO transitions (
        id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to,
        version, at, actor, correlation_id
    )
    SELECT n.*
    FROM json_to_recordset(CAST(:transitions AS json)) AS n (
        id bigint, shop text, order_id bigint, payment_id int, verb text, payment_from text, payment_to text,
        order_from text, order_to text, version bigint, at timestamptz, actor text, correlation_id text
    )
    WHERE (SELECT count(*) FROM payment_inserts) >= 0 AND (SELECT all_locked FROM payments_free)
    RETURNING id
),
new_events AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:events AS json)) AS n (
        transition_id bigint, shop text, order_id bigint, stream bigint, sequence bigint, event text, payload jsonb,
        at timestamptz
    )
),
outbox_inserts AS (
    INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
    SELECT n.transition_id, n.shop, n.order_id, n.sequence, n.event, n.payload, n.at
    FROM new_events n
    WHERE (SELECT count(*) FROM transition_inserts) >= 0 AND (SELECT all_locked FROM payments_free)
    RETURNING transition_id
),
delivery_inserts AS (
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT n.transition_id, e.id, n.shop, n.stream, n.sequence, 'due', '-infinity', n.at
    FROM new_events n
    JOIN webhook_endpoints e
        ON e.shop = n.shop AND e.state <> 'removed' AND (e.events IS NULL OR n.event = ANY (e.events))
    WHERE (SELECT count(*) FROM outbox_inserts) >= 0 AND (SELECT all_locked FROM payments_free)
),
stored_answer_inserts AS (
    INSERT INTO idempotency_keys (shop, key, fingerprint, status, body, created_at)
    SELECT n.*
    FROM json_to_recordset(CAST(:stored_answers AS json)) AS n (
        shop text, key text, fingerprint text, status smallint, body text, created_at timestamptz
    )
    WHERE (SELECT count(*) FROM outbox_inserts) >= 0
    RETURNING key
)
SELECT
    (SELECT count(*) FROM order_updates) AS order_updates,
    (SELECT count(*) FROM payment_ends) + (SELECT count(*) FROM payment_updates) AS payment_updates,
    (SELECT count(*) FROM stored_answer_inserts) AS stored_answer_inserts,
    ARRAY(SELECT id FROM payment_changes EXCEPT SELECT id FROM payment_locks) AS blocked_payments
