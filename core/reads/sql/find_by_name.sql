-- Finds orders by what they, their payments or their payments' attempts are called: exactly, or by the beginning of a
-- provider's id. Each part looks up by one index and nothing else; OFFSET keeps it whole, as in `lock_and_load_1`.
WITH found AS (
    SELECT o.id
    FROM unnest(CAST(:shops AS text[])) AS s (shop)
    CROSS JOIN unnest(CAST(:names AS text[])) AS n (name)
    CROSS JOIN LATERAL (SELECT id FROM orders WHERE account = n.name AND shop IS NOT DISTINCT FROM s.shop OFFSET 0) o
    UNION
    SELECT p.order_id
    FROM unnest(CAST(:names AS text[])) AS n (name)
    CROSS JOIN LATERAL (SELECT order_id, shop FROM payments WHERE external_id = n.name OFFSET 0) p
    WHERE p.shop = ANY (CAST(:shops AS text[]))
    UNION
    SELECT p.order_id
    FROM unnest(CAST(:names AS text[])) AS n (name)
    CROSS JOIN LATERAL (
        SELECT order_id, shop FROM payments WHERE also_known_as @> ARRAY[n.name] AND also_known_as <> '{}' OFFSET 0
    ) p
    WHERE p.shop = ANY (CAST(:shops AS text[]))
    UNION
    SELECT p.order_id
    FROM unnest(CAST(:beginnings AS text[]), CAST(:beginnings_end AS text[])) AS b (beginning, beginning_end)
    CROSS JOIN LATERAL (
        SELECT order_id, shop FROM payments
        WHERE external_id >= b.beginning AND external_id < b.beginning_end OFFSET 0
    ) p
    WHERE p.shop = ANY (CAST(:shops AS text[]))
    UNION
    SELECT p.order_id
    FROM (SELECT order_id, shop FROM payments WHERE click_paydoc_id = CAST(:number AS bigint) OFFSET 0) p
    WHERE p.shop = ANY (CAST(:shops AS text[]))
    UNION
    SELECT p.order_id
    FROM (SELECT order_id, shop FROM payments WHERE id = CAST(:number AS bigint) OFFSET 0) p
    WHERE p.shop = ANY (CAST(:shops AS text[]))
)
SELECT o.created_at AS moment, o.id
FROM found
CROSS JOIN LATERAL (SELECT id, created_at FROM orders WHERE id = found.id OFFSET 0) o
WHERE (o.created_at, o.id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
ORDER BY o.created_at DESC, o.id DESC
LIMIT CAST(:most AS int)
