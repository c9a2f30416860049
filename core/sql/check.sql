-- What CheckPerform looks at: orders with whatever payment holds them. Locks nothing; one snapshot.
SELECT
    o.id AS order_id, o.shop, o.account, o.kind, o.amount AS order_amount, o.min_amount, o.max_amount,
    o.state AS order_state, o.version, o.fingerprint, o.expires_at, o.delivered_at,
    o.created_at AS order_created_at, o.changed_at, o.description, o.items, o.shipping, o.metadata,
    p.id, p.provider, p.external_id, p.amount, p.state, p.reason, p.provider_time, p.created_at
FROM unnest(CAST(:shop AS text[]), CAST(:account AS text[])) AS a (shop, account)
JOIN orders o ON o.account = a.account AND o.shop IS NOT DISTINCT FROM a.shop
LEFT JOIN payments p ON p.order_id = o.id AND p.one_time AND p.state IN ('pending', 'paid')
