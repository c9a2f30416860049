WITH sums AS (
    SELECT
        order_id, count(*) AS payment_count,
        coalesce(sum(amount) FILTER (WHERE state = 'paid'), 0) AS paid_total,
        coalesce(sum(amount) FILTER (WHERE state = 'reversed'), 0) AS reversed_total
    FROM payments
    GROUP BY order_id
)
SELECT
    o.id AS order_id, o.shop, o.account, o.payment_count, o.paid_total, o.reversed_total,
    s.payment_count AS payments_there, s.paid_total AS paid_there, s.reversed_total AS reversed_there
FROM orders o
LEFT JOIN sums s ON s.order_id = o.id
WHERE o.payment_count <> coalesce(s.payment_count, 0) OR o.paid_total <> coalesce(s.paid_total, 0)
    OR o.reversed_total <> coalesce(s.reversed_total, 0)
LIMIT :limit
