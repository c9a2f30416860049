SELECT
    m.id AS transition_id, m.order_id, m.payment_id, m.verb, m.at, p.created_at, p.performed_at, p.cancelled_at
FROM transitions m
JOIN payments p ON p.id = m.payment_id
WHERE m.payment_to IS DISTINCT FROM m.payment_from AND m.at IS DISTINCT FROM
    CASE m.payment_to WHEN 'pending' THEN p.created_at WHEN 'paid' THEN p.performed_at ELSE p.cancelled_at END
UNION ALL
SELECT m.id, m.order_id, NULL, m.verb, m.at, o.created_at, NULL, NULL
FROM transitions m
JOIN orders o ON o.id = m.order_id
WHERE m.version = 0 AND m.at <> o.created_at
LIMIT :limit
