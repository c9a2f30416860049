SELECT shop, provider, external_id, count(*) AS times, min(id) AS payment_id, max(id) AS other_payment_id
FROM payments
GROUP BY external_id, provider, shop
HAVING count(*) > 1
LIMIT :limit
