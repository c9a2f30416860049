WITH payment_counts AS (
    SELECT
        order_id, count(*) FILTER (WHERE state = 'paid') AS paid, count(*) FILTER (WHERE state = 'pending') AS pending,
        count(*) FILTER (WHERE state = 'reversed') AS reversed
    FROM payments
    WHERE one_time AND state <> 'cancelled'
    GROUP BY order_id
)
SELECT o.id AS order_id, o.shop, o.account, o.kind, o.state, s.paid, s.pending, s.reversed
FROM orders o
LEFT JOIN payment_counts s ON s.order_id = o.id
WHERE (o.state = 'paid') <> (coalesce(s.paid, 0) > 0) OR (o.state = 'reserved') <> (coalesce(s.pending, 0) > 0)
    OR (o.state = 'refunded') <> (coalesce(s.reversed, 0) > 0)
LIMIT :limit
