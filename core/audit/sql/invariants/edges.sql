SELECT
    m.id AS transition_id, m.order_id, o.kind, m.payment_id, m.verb, m.payment_from, m.payment_to, m.order_from,
    m.order_to
FROM transitions m
JOIN orders o ON o.id = m.order_id
LEFT JOIN unnest(
    CAST(:edge_kind AS text[]), CAST(:edge_verb AS text[]), CAST(:edge_payment_from AS text[]),
    CAST(:edge_payment_to AS text[]), CAST(:edge_order_from AS text[]), CAST(:edge_order_to AS text[])
) AS e (kind, verb, payment_from, payment_to, order_from, order_to)
    ON (e.kind, e.verb, e.order_to) = (o.kind, m.verb, m.order_to) AND e.payment_from = coalesce(m.payment_from, '')
    AND e.payment_to = coalesce(m.payment_to, '') AND e.order_from = coalesce(m.order_from, '')
WHERE e.verb IS NULL
LIMIT :limit
