-- What the orders say of themselves, and of the payments that hold them or were taken for them.
SELECT
    coalesce(sum(hashint8extended(id, hashtextextended(shop, version) # hashtextextended(state, 0))), 0) AS order_chain,
    coalesce(sum(hashint8extended(id, timestamp_hash_extended(CAST(created_at AS timestamp), 0))), 0) AS order_times,
    coalesce(sum(hashint8extended(id, hashtextextended(shop, amount) # hashtextextended(state, 0)))
        FILTER (WHERE kind = 'one_time' AND state IN ('reserved', 'paid', 'refunded')), 0) AS standing,
    count(*) FILTER (WHERE kind <> 'one_time' AND state IN ('reserved', 'paid', 'refunded')) AS strange
FROM orders
