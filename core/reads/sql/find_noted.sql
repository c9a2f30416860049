-- Finds orders by the beginning of an id that was noted for a later attempt at a payment. No index knows beginnings
-- within an array; but few payments have any such id, and a partial index knows those.
SELECT o.created_at AS moment, o.id
FROM (SELECT order_id, shop, also_known_as FROM payments WHERE also_known_as <> '{}' OFFSET 0) p
CROSS JOIN LATERAL (SELECT id, created_at FROM orders WHERE id = p.order_id OFFSET 0) o
WHERE p.shop = ANY (CAST(:shops AS text[]))
    AND EXISTS (
        SELECT FROM unnest(p.also_known_as) AS k (name)
        JOIN unnest(CAST(:beginnings AS text[])) AS b (beginning) ON starts_with(k.name, b.beginning)
    )
    AND (o.created_at, o.id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
GROUP BY o.created_at, o.id
ORDER BY o.created_at DESC, o.id DESC
LIMIT CAST(:most AS int)
