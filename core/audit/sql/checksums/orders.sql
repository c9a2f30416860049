-- What the orders say of themselves, and of the payments that hold them or were taken for them.
SELECT
    shop, kind, state, count(*) AS orders,
    sum(hashint8extended(id, version)) AS to_here,
    sum(timestamp_hash_extended(CAST(created_at AS timestamp), id)) AS times,
    sum(hashint8extended(id, amount)) AS standing
FROM orders
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, kind, state
