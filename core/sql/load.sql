-- Reads the payments of the locked orders that can matter: those that the commands name, those that are live, other
-- attempts of the same payment. A statement of its own, so that its snapshot is younger than the locks.
-- Each part looks up by one index and nothing else; what belongs to orders that are not locked is left out by the caller.
WITH chosen AS (
    SELECT p.id
    FROM unnest(CAST(:theirs_shop AS text[]), CAST(:theirs_provider AS text[]), CAST(:theirs_id AS text[]))
        AS t (shop, provider, external_id)
    JOIN payments p ON p.external_id = t.external_id AND (p.provider, p.shop) IS NOT DISTINCT FROM (t.provider, t.shop)
    UNION
    SELECT p.id
    FROM unnest(CAST(:ours_id AS int[])) AS t (id)
    JOIN payments p ON p.id = t.id
    UNION
    SELECT p.id
    FROM unnest(CAST(:order_id AS bigint[])) AS o (id)
    JOIN payments p ON p.order_id = o.id AND p.one_time AND p.state IN ('pending', 'paid')
    UNION
    SELECT p.id
    FROM unnest(CAST(:sibling_number AS bigint[])) AS s (number)
    JOIN payments p ON p.click_paydoc_id = s.number
    UNION
    SELECT p.id
    FROM unnest(CAST(:sibling_id AS text[])) AS s (external_id)
    JOIN payments p ON p.also_known_as @> ARRAY[s.external_id] AND p.also_known_as <> '{}'
)
SELECT
    p.id, p.order_id, p.shop, p.provider, p.external_id, p.amount, p.state, p.reason, p.provider_time,
    p.created_at, p.performed_at, p.cancelled_at, p.click_paydoc_id, p.also_known_as
FROM chosen
JOIN payments p ON p.id = chosen.id
