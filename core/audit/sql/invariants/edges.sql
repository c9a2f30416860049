SELECT
    t.id AS transition_id, t.order_id, o.kind, t.payment_id, t.verb, t.payment_from, t.payment_to, t.order_from,
    t.order_to
FROM transitions t
JOIN orders o ON o.id = t.order_id
LEFT JOIN unnest(
    CAST(:edge_kind AS text[]), CAST(:edge_verb AS text[]), CAST(:edge_payment_from AS text[]),
    CAST(:edge_payment_to AS text[]), CAST(:edge_order_from AS text[]), CAST(:edge_order_to AS text[])
) AS e (kind, verb, payment_from, payment_to, order_from, order_to)
    ON (e.kind, e.verb, e.order_to) = (o.kind, t.verb, t.order_to) AND e.payment_from = coalesce(t.payment_from, '')
    AND e.payment_to = coalesce(t.payment_to, '') AND e.order_from = coalesce(t.order_from, '')
WHERE e.verb IS NULL
LIMIT :limit
