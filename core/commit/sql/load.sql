-- Reads the payments of the locked orders that decisions need: those that the commands name, those that are live, other
-- attempts of the same payment. It is a statement of its own, so that its snapshot is younger than the locks.
-- Each part looks up by one index and nothing else; the caller drops payments of orders that are not locked.
-- OFFSET keeps each look-up whole, as in `lock.sql`.
WITH chosen AS (
    SELECT p.id
    FROM unnest(CAST(:external_shop AS text[]), CAST(:external_provider AS text[]), CAST(:external_ids AS text[]))
        AS t (shop, provider, external_id)
    CROSS JOIN LATERAL (
        SELECT id FROM payments
        WHERE external_id = t.external_id AND (provider, shop) IS NOT DISTINCT FROM (t.provider, t.shop) OFFSET 0
    ) p
    UNION
    SELECT p.id
    FROM unnest(CAST(:payment_ids AS int[])) AS t (id)
    CROSS JOIN LATERAL (SELECT id FROM payments WHERE id = t.id OFFSET 0) p
    UNION
    SELECT p.id
    FROM unnest(CAST(:order_id AS bigint[])) AS o (id)
    CROSS JOIN LATERAL (
        SELECT id FROM payments WHERE order_id = o.id AND one_time AND state IN ('pending', 'paid') OFFSET 0
    ) p
    UNION
    SELECT p.id
    FROM unnest(CAST(:sibling_number AS bigint[]), CAST(:sibling_order AS bigint[])) AS s (number, order_id)
    CROSS JOIN LATERAL (
        SELECT id FROM payments WHERE click_paydoc_id = s.number AND order_id = s.order_id OFFSET 0
    ) p
    UNION
    SELECT p.id
    FROM unnest(CAST(:sibling_id AS text[])) AS s (external_id)
    CROSS JOIN LATERAL (
        SELECT id FROM payments WHERE also_known_as @> ARRAY[s.external_id] AND also_known_as <> '{}' OFFSET 0
    ) p
)
SELECT
    p.id, p.order_id, p.shop, p.provider, p.external_id, p.amount, p.state, p.reason, p.provider_time,
    p.created_at, p.performed_at, p.cancelled_at, p.click_paydoc_id, p.also_known_as
FROM chosen
CROSS JOIN LATERAL (SELECT * FROM payments WHERE id = chosen.id OFFSET 0) p
