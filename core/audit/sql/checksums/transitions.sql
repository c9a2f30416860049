-- What the transitions say, by the words that they hold. Each tells where it leads to, and where it comes from, which is where
-- the one before led to: in the difference of both sums only the last ones are left, and they are how the orders stand.
-- Verbs of payments transition one-time orders and no others, which their times tell. Delivery has to be looked up.
SELECT
    m.shop, m.verb, m.payment_from, m.payment_to, m.order_from, m.order_to, count(*) AS transitions,
    count(*) FILTER (
        WHERE m.verb = 'deliver' AND m.order_to <> 'paid'
            AND (SELECT kind FROM orders WHERE id = m.order_id LIMIT 1) = 'one_time'
    ) AS misplaced,
    sum(hashint8extended(m.order_id, m.version)) AS to_here,
    sum(hashint8extended(m.order_id, m.version - 1)) AS from_before,
    sum(hashint8extended(m.payment_id, m.order_id)) AS payments,
    sum(timestamp_hash_extended(CAST(m.at AS timestamp), coalesce(m.payment_id, m.order_id))) AS times,
    sum(hashint8extended(m.id, hashint8extended(m.order_id, m.version))) AS events,
    min(m.id) FILTER (WHERE m.at > CAST(:yesterday AS timestamptz)) AS first_of_today
FROM transitions m
WHERE m.ctid >= CAST(:first AS tid) AND m.ctid < CAST(:end AS tid)
GROUP BY m.shop, m.verb, m.payment_from, m.payment_to, m.order_from, m.order_to
