-- Sums up the transitions by their words. Each says where it leads to, and where it comes from, which is where the one
-- before led to: in the difference of both sums only the last ones are left, and they are the orders' states.
-- Verbs of payments change one-time orders and no others, which their times show. Delivery has to be looked up, and so
-- has the end that a revival has undone: its time is no more in the payment. An order keeps the times of its last
-- amendment, reopening and delivery; the payment that was given back before an order was reopened no more says how the
-- order stands.
SELECT
    t.shop, t.verb, t.payment_from, t.payment_to, t.order_from, t.order_to, count(*) AS transitions,
    count(*) FILTER (
        WHERE t.verb = 'deliver' AND t.order_to <> 'paid'
            AND (SELECT kind FROM orders WHERE id = t.order_id LIMIT 1) = 'one_time'
    ) AS misplaced,
    sum(hashint8extended(t.order_id, t.version)) AS arrivals,
    sum(hashint8extended(t.order_id, t.version - 1)) AS departures,
    sum(hashint8extended(t.payment_id, t.order_id)) AS payments,
    sum(timestamp_hash_extended(CAST(t.at AS timestamp), coalesce(t.payment_id, t.order_id))) AS times,
    sum(CASE WHEN t.verb = 'revive' THEN (
        SELECT timestamp_hash_extended(CAST(e.at AS timestamp), e.payment_id) FROM transitions e
        WHERE e.payment_id = t.payment_id AND e.version < t.version
            AND e.payment_to = 'cancelled' AND e.payment_from <> 'cancelled'
        ORDER BY e.version DESC LIMIT 1
    ) END) AS undone_times,
    sum(CASE WHEN t.verb IN ('amend', 'reopen', 'deliver') AND NOT EXISTS (
        SELECT FROM transitions e WHERE e.order_id = t.order_id AND e.verb = t.verb AND e.version > t.version
    ) THEN timestamp_hash_extended(CAST(t.at AS timestamp), t.order_id) END) AS latest_times,
    sum(CASE WHEN t.verb = 'reopen' AND t.order_from = 'refunded' THEN (
        SELECT hashint8extended(t.order_id, p.amount) FROM transitions e JOIN payments p ON p.id = e.payment_id
        WHERE e.order_id = t.order_id AND e.version < t.version
            AND e.payment_to = 'reversed' AND e.payment_from = 'paid'
        ORDER BY e.version DESC LIMIT 1
    ) END) AS refunds_reopened,
    sum(timestamp_hash_extended(
        CAST(t.at AS timestamp), hashint8extended(t.id, hashint8extended(t.order_id, t.version))
    )) AS events,
    min(t.id) FILTER (WHERE t.at > CAST(:yesterday AS timestamptz)) AS first_of_last_day
FROM transitions t
WHERE t.ctid >= CAST(:first AS tid) AND t.ctid < CAST(:end AS tid)
GROUP BY t.shop, t.verb, t.payment_from, t.payment_to, t.order_from, t.order_to
