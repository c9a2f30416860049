-- A receipt may come again, and puts an end to the failure of its kind: then there is less than what came.
WITH arrivals AS (
    SELECT payment_id, count(*) AS times FROM transitions WHERE verb = 'fiscalise' GROUP BY payment_id
)
SELECT p.id AS payment_id, p.order_id, p.external_id, s.stored, coalesce(a.times, 0) AS came
FROM payments p
LEFT JOIN arrivals a ON a.payment_id = p.id
CROSS JOIN LATERAL (
    SELECT num_nonnulls(
        p.fiscal_perform, p.fiscal_cancel, p.fiscal_perform_failure, p.fiscal_cancel_failure
    ) AS stored
) s
WHERE s.stored > coalesce(a.times, 0) OR (s.stored = 0 AND a.times > 0)
LIMIT :limit
