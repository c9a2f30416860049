WITH chain AS (
    SELECT
        payment_id, order_id, id AS transition_id, version, payment_from, payment_to,
        lag(payment_to) OVER ordered AS payment_before, lead(version) OVER ordered IS NULL AS last
    FROM transitions
    WHERE payment_id IS NOT NULL
    WINDOW ordered AS (PARTITION BY payment_id ORDER BY version)
)
SELECT
    coalesce(c.payment_id, p.id) AS payment_id, c.transition_id, c.version, c.payment_from, c.payment_before,
    c.payment_to, p.state, c.order_id, p.order_id AS order_of_payment
FROM chain c
FULL JOIN payments p ON p.id = c.payment_id
WHERE p.id IS NULL OR c.transition_id IS NULL OR c.payment_from IS DISTINCT FROM c.payment_before
    OR c.order_id <> p.order_id OR (c.last AND c.payment_to <> p.state)
LIMIT :limit
