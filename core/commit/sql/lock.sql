-- Finds the orders that a batch names, by account or through a payment, and locks them in the order of their ids.
-- Answers every order that was wanted, with its row if it was got: SKIP LOCKED alone can't tell busy from not there.
-- Here and below, shop and provider are compared with IS NOT DISTINCT FROM, which no index serves: whatever the planner
-- believes of the tables, it can only look up by the account or the external id, never by all that a shop has.
-- OFFSET keeps each look-up whole: of small tables the planner would join by reading all of an index, and go on doing
-- so while they grow.
-- The settings hold until COMMIT; set here they cost no round trip, and a pooler cannot lose them. Warnings have to
-- come, however little the server is set to say: one of them tells that a COMMIT has not reached the standby.
WITH settings AS MATERIALIZED (
    SELECT
        set_config('lock_timeout', :lock_timeout, true), set_config('statement_timeout', :statement_timeout, true),
        set_config('idle_in_transaction_session_timeout', :idle_timeout, true),
        set_config('client_min_messages', 'warning', true)
),
named AS (
    SELECT a.n, o.id
    FROM unnest(CAST(:account_n AS int[]), CAST(:account_shop AS text[]), CAST(:account AS text[]))
        AS a (n, shop, account)
    CROSS JOIN LATERAL (SELECT id FROM orders WHERE account = a.account AND shop IS NOT DISTINCT FROM a.shop OFFSET 0) o
    UNION ALL
    SELECT t.n, p.order_id
    FROM unnest(
        CAST(:external_n AS int[]), CAST(:external_shop AS text[]),
        CAST(:external_provider AS text[]), CAST(:external_ids AS text[])
    ) AS t (n, shop, provider, external_id)
    CROSS JOIN LATERAL (
        SELECT order_id FROM payments
        WHERE external_id = t.external_id AND (provider, shop) IS NOT DISTINCT FROM (t.provider, t.shop) OFFSET 0
    ) p
),
wanted AS (
    SELECT id, array_agg(n) AS commands FROM named WHERE EXISTS (SELECT FROM settings) GROUP BY id
),
got AS (
    SELECT
        id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
        expires_at, delivered_at, created_at, changed_at
    FROM orders
    WHERE id IN (SELECT id FROM wanted)
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT
    wanted.commands, wanted.id AS wanted, got.id AS got, got.id, got.shop, got.account, got.kind, got.amount,
    got.min_amount, got.max_amount, got.state, got.version, got.fingerprint, got.expires_at, got.delivered_at,
    got.created_at, got.changed_at
FROM wanted
LEFT JOIN got ON got.id = wanted.id
