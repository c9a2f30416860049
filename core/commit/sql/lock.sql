-- Finds the orders that a batch names, by account or through a payment, and locks them in the order of their ids.
-- Returns every order that is wanted, with its row if it was locked: SKIP LOCKED alone doesn't distinguish blocked from
-- missing.
-- Here and below, shop and provider are compared with IS NOT DISTINCT FROM, which no index serves: whatever the planner
-- assumes of the tables, it can only look up by the account or the external id, never read all rows of a shop.
-- OFFSET keeps each look-up whole: of small tables the planner would join by reading all of an index, and go on doing
-- so while they grow.
-- The settings hold until COMMIT; set here they cost no round trip, and a pooler cannot lose them. Warnings have to
-- be sent, whatever the server is set to: one of them says that a COMMIT has not reached the standby.
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
locked AS (
    SELECT
        id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
        expires_at, delivered_at, created_at, changed_at, payment_count, paid_total, reversed_total,
        strict_expiry
    FROM orders
    WHERE id IN (SELECT id FROM wanted)
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT
    wanted.commands, wanted.id AS wanted, locked.id AS locked, locked.id, locked.shop, locked.account, locked.kind,
    locked.amount, locked.min_amount, locked.max_amount, locked.state, locked.version, locked.fingerprint,
    locked.expires_at, locked.delivered_at, locked.created_at, locked.changed_at,
    locked.payment_count, locked.paid_total, locked.reversed_total, locked.strict_expiry
FROM wanted
LEFT JOIN locked ON locked.id = wanted.id
