SELECT shop, account, count(*) AS times, min(id) AS order_id, max(id) AS other_order_id
FROM orders
GROUP BY account, shop
HAVING count(*) > 1
LIMIT :limit
