-- Each reversal of a one-time order's payment made it a refunded order, from which only reopening leads on.
WITH payment_counts AS (
    SELECT
        order_id, count(*) FILTER (WHERE state = 'paid') AS paid, count(*) FILTER (WHERE state = 'pending') AS pending,
        count(*) FILTER (WHERE state = 'reversed') AS reversed
    FROM payments
    WHERE one_time AND state <> 'cancelled'
    GROUP BY order_id
),
reopenings AS (
    SELECT order_id, count(*) AS times
    FROM transitions
    WHERE verb = 'reopen' AND order_from = 'refunded'
    GROUP BY order_id
)
SELECT o.id AS order_id, o.shop, o.account, o.kind, o.state, s.paid, s.pending, s.reversed, r.times AS reopened
FROM orders o
LEFT JOIN payment_counts s ON s.order_id = o.id
LEFT JOIN reopenings r ON r.order_id = o.id
WHERE (o.state IN ('paid', 'partially_refunded')) <> (coalesce(s.paid, 0) > 0)
    OR (o.state = 'reserved') <> (coalesce(s.pending, 0) > 0)
    OR (o.state = 'refunded') <> (coalesce(s.reversed, 0) > coalesce(r.times, 0))
    OR coalesce(r.times, 0) > coalesce(s.reversed, 0)
LIMIT :limit
