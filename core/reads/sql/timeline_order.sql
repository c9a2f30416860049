-- Finds the order. Shop is compared with IS NOT DISTINCT FROM here and in the other parts of a time line, which no index
-- serves: `lock_and_load_1` says why.
SELECT
    id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint, expires_at, delivered_at,
    created_at, changed_at, payment_count, paid_total, reversed_total, strict_expiry
FROM orders
WHERE account = :account AND shop IS NOT DISTINCT FROM :shop
