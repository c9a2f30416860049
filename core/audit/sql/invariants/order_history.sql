WITH chain AS (
    SELECT
        order_id, id AS transition_id, shop, version, order_from, order_to,
        lag(order_to) OVER ordered AS order_before,
        coalesce(lag(version) OVER ordered + 1, 0) AS version_due, lead(version) OVER ordered IS NULL AS last
    FROM transitions
    WINDOW ordered AS (PARTITION BY order_id ORDER BY version)
)
SELECT
    coalesce(c.order_id, o.id) AS order_id, c.transition_id, c.version, c.version_due, c.order_from, c.order_before,
    c.order_to, o.state, o.version AS version_of_order, c.shop, o.shop AS shop_of_order
FROM chain c
FULL JOIN orders o ON o.id = c.order_id
WHERE o.id IS NULL OR c.transition_id IS NULL OR c.shop <> o.shop OR c.version <> c.version_due
    OR c.order_from IS DISTINCT FROM c.order_before
    OR (c.last AND (c.order_to, c.version) <> (o.state, o.version))
LIMIT :limit
