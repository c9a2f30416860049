WITH noted AS (
    SELECT id, shop, provider, unnest(also_known_as) AS external_id FROM payments WHERE also_known_as <> '{}'
)
SELECT n.shop, n.provider, n.external_id, n.id AS payment_id, p.id AS other_payment_id
FROM noted n
JOIN payments p USING (external_id, provider, shop)
UNION ALL
SELECT shop, provider, external_id, min(id), max(id)
FROM noted
GROUP BY external_id, provider, shop
HAVING count(*) > 1
LIMIT :limit
