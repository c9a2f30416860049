-- Reads what CheckPerform needs: orders, each with the payment that holds it. Locks nothing; one snapshot.
-- OFFSET keeps each look-up whole, as in `lock_and_load_1`.
SELECT
    o.id, o.shop, o.account, o.kind, o.amount, o.min_amount, o.max_amount, o.state, o.version, o.fingerprint,
    o.expires_at, o.delivered_at, o.created_at, o.changed_at, o.payment_count, o.paid_total, o.reversed_total,
    o.strict_expiry,
    o.description, o.items, o.shipping, o.metadata,
    p.id AS holder_id, p.provider AS holder_provider, p.external_id AS holder_external_id, p.amount AS holder_amount,
    p.state AS holder_state, p.reason AS holder_reason, p.provider_time AS holder_opened_at,
    p.created_at AS holder_created_at
FROM unnest(CAST(:shop AS text[]), CAST(:account AS text[])) AS a (shop, account)
CROSS JOIN LATERAL (SELECT * FROM orders WHERE account = a.account AND shop IS NOT DISTINCT FROM a.shop OFFSET 0) o
LEFT JOIN LATERAL (
    SELECT * FROM payments WHERE order_id = o.id AND one_time AND state IN ('pending', 'paid') OFFSET 0
) p ON true
