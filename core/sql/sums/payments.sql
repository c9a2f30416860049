-- What the payments say of themselves, and of how their orders must stand.
SELECT
    coalesce(sum(hashint8extended(id, order_id # hashtextextended(state, 0))), 0) AS payment_chain,
    coalesce(sum(hashint8extended(
        id, timestamp_hash_extended(CAST(created_at AS timestamp), CAST(one_time AS int)) # hashtextextended('pending', 0)
    )), 0)
    + coalesce(sum(hashint8extended(
        id, timestamp_hash_extended(CAST(performed_at AS timestamp), CAST(one_time AS int)) # hashtextextended('paid', 0)
    )), 0)
    + coalesce(sum(hashint8extended(
        id, timestamp_hash_extended(CAST(cancelled_at AS timestamp), CAST(one_time AS int)) # hashtextextended(state, 0)
    )), 0) AS payment_times,
    coalesce(sum(hashint8extended(order_id, hashtextextended(shop, amount) # hashtextextended(
        CASE state WHEN 'pending' THEN 'reserved' WHEN 'reversed' THEN 'refunded' ELSE state END, 0
    ))) FILTER (WHERE one_time AND state <> 'cancelled'), 0) AS standing,
    count(*) FILTER (
        WHERE performed_at < created_at OR cancelled_at < coalesce(performed_at, created_at)
            OR (performed_at IS NOT NULL) <> (state IN ('paid', 'reversed'))
            OR (cancelled_at IS NOT NULL) <> (state IN ('cancelled', 'reversed'))
    ) AS untimely
FROM payments
