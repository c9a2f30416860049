SELECT
    order_id, count(*) AS live, count(*) FILTER (WHERE state = 'paid') AS paid, min(id) AS payment_id,
    max(id) AS other_payment_id
FROM payments
WHERE one_time AND state IN ('pending', 'paid')
GROUP BY order_id
HAVING count(*) > 1
LIMIT :limit
