-- An expiry that the order has had from its opening on lies after that. What was begun before an order was amended or
-- reopened may have been begun after the expiry that it has since.
SELECT
    o.id AS order_id, o.shop, o.account, o.state, o.strict_expiry, o.expires_at, o.created_at, p.id AS payment_id,
    p.created_at AS begun_at, CAST(NULL AS timestamptz) AS expired_at
FROM orders o
JOIN payments p ON p.order_id = o.id
WHERE o.expires_at < p.created_at AND p.created_at > coalesce(greatest(o.terms_at, o.reopened_at), '-infinity')
UNION ALL
SELECT o.id, o.shop, o.account, o.state, o.strict_expiry, o.expires_at, o.created_at, NULL, NULL, t.at
FROM orders o
CROSS JOIN LATERAL (
    SELECT at FROM transitions WHERE order_id = o.id AND verb = 'expire' ORDER BY version DESC LIMIT 1
) t
WHERE o.state = 'expired' AND (o.expires_at IS NULL OR o.expires_at >= t.at)
UNION ALL
SELECT id, shop, account, state, strict_expiry, expires_at, created_at, NULL, NULL, NULL
FROM orders
WHERE (strict_expiry AND expires_at IS NULL)
    OR (expires_at <= created_at AND terms_at IS NULL AND reopened_at IS NULL)
LIMIT :limit
