-- The end of a payment that was revived is no more in its row; and none of its times says when it was moved.
SELECT
    t.id AS transition_id, t.order_id, t.payment_id, t.verb, t.at, p.created_at, p.performed_at, p.cancelled_at
FROM transitions t
JOIN payments p ON p.id = t.payment_id
WHERE t.payment_to IS DISTINCT FROM t.payment_from AND t.verb NOT IN ('move_away', 'move_back')
    AND t.at IS DISTINCT FROM
    CASE t.payment_to WHEN 'pending' THEN p.created_at WHEN 'paid' THEN p.performed_at ELSE p.cancelled_at END
    AND NOT (t.payment_to = 'cancelled' AND EXISTS (
        SELECT FROM transitions r WHERE r.payment_id = t.payment_id AND r.verb = 'revive' AND r.version > t.version
    ))
UNION ALL
SELECT t.id, t.order_id, NULL, t.verb, t.at, o.created_at, NULL, NULL
FROM transitions t
JOIN orders o ON o.id = t.order_id
WHERE t.version = 0 AND t.at <> o.created_at
UNION ALL
SELECT NULL, o.id, NULL, NULL, coalesce(t.delivered_at, t.amended_at), o.created_at, o.terms_at, o.reopened_at
FROM orders o
LEFT JOIN (
    SELECT
        order_id, (array_agg(at ORDER BY version DESC) FILTER (WHERE verb = 'amend'))[1] AS amended_at,
        (array_agg(at ORDER BY version DESC) FILTER (WHERE verb = 'reopen'))[1] AS reopened_at,
        (array_agg(at ORDER BY version DESC) FILTER (WHERE verb = 'deliver'))[1] AS delivered_at
    FROM transitions
    WHERE verb IN ('amend', 'reopen', 'deliver')
    GROUP BY order_id
) t ON t.order_id = o.id
WHERE (t.amended_at, t.reopened_at, t.delivered_at) IS DISTINCT FROM (o.terms_at, o.reopened_at, o.delivered_at)
LIMIT :limit
