-- What the moves say. Each tells where it leads to, and where it comes from, which is where the one before led to: in
-- the difference of both sums only the last ones are left, and they are how orders and payments must stand.
WITH rules AS (
    SELECT DISTINCT
        e.verb, e.payment_from, e.payment_to, e.order_from, e.order_to,
        CASE WHEN e.payment_from <> e.payment_to THEN hashtextextended(nullif(e.payment_from, ''), 0) END AS from_payment,
        CASE WHEN e.payment_from <> e.payment_to THEN hashtextextended(e.payment_to, 0) END AS to_payment,
        hashtextextended(nullif(e.order_from, ''), 0) AS from_order, hashtextextended(e.order_to, 0) AS to_order,
        CAST(e.order_from <> e.order_to AS int) AS order_moves, hashtextextended(n.event, 0) AS event,
        e.verb = 'deliver' AND e.order_to <> 'paid' AS of_balance
    FROM unnest(
        CAST(:edge_verb AS text[]), CAST(:edge_payment_from AS text[]), CAST(:edge_payment_to AS text[]),
        CAST(:edge_order_from AS text[]), CAST(:edge_order_to AS text[])
    ) AS e (verb, payment_from, payment_to, order_from, order_to)
    LEFT JOIN unnest(CAST(:event_verb AS text[]), CAST(:event_payment_to AS text[]), CAST(:event_name AS text[]))
        AS n (verb, payment_to, event) ON n.verb = e.verb AND n.payment_to = e.payment_to
)
SELECT
    -- Verbs of payments move one-time orders and no others, which `payment_times` tells. Delivery has to be looked up.
    count(*) FILTER (
        WHERE r.verb IS NULL
            OR (r.of_balance AND (SELECT kind FROM orders WHERE id = m.order_id LIMIT 1) = 'one_time')
    ) AS strange,
    coalesce(sum(hashint8extended(m.order_id, hashtextextended(m.shop, m.version) # r.to_order)), 0)
    - coalesce(sum(hashint8extended(m.order_id, hashtextextended(m.shop, m.version - 1) # r.from_order)), 0)
        AS order_chain,
    coalesce(sum(hashint8extended(m.payment_id, m.order_id # r.to_payment)), 0)
    - coalesce(sum(hashint8extended(m.payment_id, m.order_id # r.from_payment)), 0) AS payment_chain,
    coalesce(sum(hashint8extended(
        m.payment_id, timestamp_hash_extended(CAST(m.at AS timestamp), r.order_moves) # r.to_payment
    )), 0) AS payment_times,
    coalesce(sum(hashint8extended(m.order_id, timestamp_hash_extended(CAST(m.at AS timestamp), 0)))
        FILTER (WHERE m.version = 0), 0) AS order_times,
    coalesce(sum(hashint8extended(m.id, hashint8extended(m.order_id, hashtextextended(m.shop, m.version)) # r.event)), 0)
        AS events,
    min(m.id) FILTER (WHERE m.at > CAST(:yesterday AS timestamptz)) AS first_of_today
FROM moves m
LEFT JOIN rules r ON r.verb = m.verb AND r.order_to = m.order_to AND r.payment_from = coalesce(m.payment_from, '')
    AND r.payment_to = coalesce(m.payment_to, '') AND r.order_from = coalesce(m.order_from, '')
