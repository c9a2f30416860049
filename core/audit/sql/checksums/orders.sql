-- Sums up the orders themselves, and for comparison the payments that hold or paid them.
SELECT
    shop, kind, state, count(*) AS orders,
    sum(hashint8extended(id, version)) AS arrivals,
    sum(timestamp_hash_extended(CAST(created_at AS timestamp), id)) AS times,
    sum(timestamp_hash_extended(CAST(terms_at AS timestamp), id)) AS amended,
    sum(timestamp_hash_extended(CAST(reopened_at AS timestamp), id)) AS reopened,
    sum(timestamp_hash_extended(CAST(delivered_at AS timestamp), id)) AS delivered,
    sum(hashint8extended(id, amount)) AS orders_held,
    sum(hashint8extended(id, 0) * CAST(payment_count AS numeric)) AS payment_count,
    sum(hashint8extended(id, 0) * CAST(paid_total AS numeric)) AS paid_total,
    sum(hashint8extended(id, 0) * CAST(reversed_total AS numeric)) AS reversed_total,
    count(*) FILTER (
        WHERE (strict_expiry AND expires_at IS NULL)
            OR (expires_at <= created_at AND terms_at IS NULL AND reopened_at IS NULL)
            OR (state = 'expired' AND (expires_at IS NULL OR expires_at >= changed_at))
    ) AS odd_expiries
FROM orders
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, kind, state
