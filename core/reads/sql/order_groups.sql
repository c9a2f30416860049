-- Counts the orders of each shop that somebody can pay, up to a limit.
WITH RECURSIVE shops AS (
    (SELECT shop FROM orders ORDER BY shop LIMIT 1)
    UNION ALL
    SELECT n.shop
    FROM shops s
    CROSS JOIN LATERAL (SELECT shop FROM orders WHERE shop > s.shop ORDER BY shop LIMIT 1) n
)
SELECT shop, count(*) AS orders, max(created_at) AS newest
FROM shops
CROSS JOIN LATERAL (
    SELECT created_at FROM orders o
    WHERE o.shop = shops.shop AND o.state = 'awaiting'
    ORDER BY created_at DESC
    LIMIT CAST(:newest AS int)
) newest
GROUP BY shop
