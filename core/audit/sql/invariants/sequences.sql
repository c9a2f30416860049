-- A sequence stands outside of the snapshot, and never behind it.
SELECT s.sequence, s.next_id, s.highest_id
FROM (
    SELECT 'order_ids' AS sequence, last_value + CASE WHEN is_called THEN CAST(:id_block AS int) ELSE 0 END AS next_id,
        (SELECT max(id) FROM orders) AS highest_id
    FROM order_ids
    UNION ALL
    SELECT 'payment_ids', last_value + CASE WHEN is_called THEN CAST(:id_block AS int) ELSE 0 END,
        (SELECT max(id) FROM payments)
    FROM payment_ids
    UNION ALL
    SELECT 'transition_ids', last_value + CASE WHEN is_called THEN CAST(:id_block AS int) ELSE 0 END,
        (SELECT max(id) FROM transitions)
    FROM transition_ids
) s
WHERE s.highest_id >= s.next_id
LIMIT :limit
