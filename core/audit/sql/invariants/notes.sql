WITH arrivals AS (
    SELECT payment_id, count(*) AS times FROM transitions WHERE verb = 'note' GROUP BY payment_id
)
SELECT p.id AS payment_id, p.order_id, p.external_id, p.also_known_as, coalesce(a.times, 0) AS came
FROM payments p
LEFT JOIN arrivals a ON a.payment_id = p.id
WHERE cardinality(p.also_known_as) <> coalesce(a.times, 0)
LIMIT :limit
