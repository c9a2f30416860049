WITH due AS (
    SELECT t.id, t.shop, t.order_id, t.version, t.at, n.event
    FROM transitions t
    JOIN unnest(CAST(:event_verb AS text[]), CAST(:event_payment_to AS text[]), CAST(:event_name AS text[]))
        AS n (verb, payment_to, event) ON n.verb = t.verb AND n.payment_to = coalesce(t.payment_to, '')
),
events AS (
    SELECT transition_id, shop, order_id, sequence, event, at, count(*) OVER (PARTITION BY transition_id) AS times
    FROM outbox
)
SELECT
    d.id AS transition_id, e.transition_id AS transition_of_event, e.times, d.event AS event_due, e.event,
    coalesce(d.order_id, e.order_id) AS order_id, d.version, e.sequence, d.shop, e.shop AS shop_of_event, d.at,
    e.at AS at_of_event
FROM due d
FULL JOIN events e ON e.transition_id = d.id
WHERE d.id IS NULL OR e.transition_id IS NULL OR e.times > 1
    OR (d.event, d.order_id, d.version, d.shop, d.at) <> (e.event, e.order_id, e.sequence, e.shop, e.at)
LIMIT :limit
