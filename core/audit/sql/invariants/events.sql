WITH heard_of AS (
    SELECT m.id, m.shop, m.order_id, m.version, e.event
    FROM transitions m
    JOIN unnest(CAST(:event_verb AS text[]), CAST(:event_payment_to AS text[]), CAST(:event_name AS text[]))
        AS e (verb, payment_to, event) ON e.verb = m.verb AND e.payment_to = coalesce(m.payment_to, '')
),
told AS (
    SELECT transition_id, shop, order_id, sequence, event, count(*) OVER (PARTITION BY transition_id) AS times
    FROM outbox
)
SELECT
    h.id AS transition_id, t.transition_id AS transition_of_event, t.times, h.event AS event_due, t.event,
    coalesce(h.order_id, t.order_id) AS order_id, h.version, t.sequence, h.shop, t.shop AS shop_of_event
FROM heard_of h
FULL JOIN told t ON t.transition_id = h.id
WHERE h.id IS NULL OR t.transition_id IS NULL OR t.times > 1
    OR (h.event, h.order_id, h.version, h.shop) <> (t.event, t.order_id, t.sequence, t.shop)
LIMIT :limit
