-- Lists deliveries of these endpoints, newest first, with what came of the last attempt at each. Only one of the four
-- ways is gone: what is dead has its own index, as has what is due if it is not much, an order has its own events, and
-- else it is the newest so many of all deliveries that are looked through, of all shops.
WITH wanted AS MATERIALIZED (
    (
        SELECT n.*
        FROM (
            SELECT * FROM deliveries
            WHERE :way = 'newest' AND (event_id, endpoint_id) < (CAST(:before AS bigint), CAST(:before_endpoint AS int))
            ORDER BY event_id DESC, endpoint_id DESC
            LIMIT :looked_at
        ) AS n
        WHERE n.shop = :shop AND n.endpoint_id = ANY (CAST(:endpoint_ids AS int[]))
            AND (CAST(:state AS text) IS NULL OR n.state = :state)
        ORDER BY n.event_id DESC, n.endpoint_id DESC
        LIMIT :most
    )
    UNION ALL
    SELECT d.*
    FROM unnest(CAST(:endpoint_ids AS int[])) AS e (id)
    CROSS JOIN LATERAL (
        SELECT * FROM deliveries
        WHERE :way = 'dead' AND endpoint_id = e.id AND state = 'dead' AND shop = :shop
            AND event_id <= :before AND (event_id < :before OR endpoint_id < :before_endpoint)
        ORDER BY event_id DESC
        LIMIT :most
    ) AS d
    UNION ALL
    SELECT d.*
    FROM unnest(CAST(:endpoint_ids AS int[])) AS e (id)
    CROSS JOIN LATERAL (
        -- All of them, which are few: in this order no index has them, and the newest would be looked for among all that
        -- was ever delivered.
        SELECT * FROM deliveries
        WHERE :way = 'due' AND endpoint_id = e.id AND state = 'due' AND shop = :shop
            AND event_id <= :before AND (event_id < :before OR endpoint_id < :before_endpoint)
    ) AS d
    UNION ALL
    SELECT d.*
    FROM orders o
    JOIN outbox x ON x.order_id = o.id
    JOIN deliveries d ON d.event_id = x.transition_id
    WHERE :way = 'order' AND o.account = CAST(:account AS text) AND o.shop = :shop
        AND d.shop = :shop AND d.endpoint_id = ANY (CAST(:endpoint_ids AS int[]))
        AND d.event_id <= :before AND (d.event_id < :before OR d.endpoint_id < :before_endpoint)
        AND (CAST(:state AS text) IS NULL OR d.state = :state)
)
SELECT
    w.event_id, w.endpoint_id, e.name, x.event, x.at AS event_at, o.account,
    w.state, w.reason, w.tries, w.losses, w.fence,
    CASE WHEN isfinite(w.due_at) THEN w.due_at END AS due_at, w.leased_until, w.settled_at,
    a.at, a.milliseconds, a.outcome, a.status, a.note, a.answer, a.address
FROM (SELECT * FROM wanted ORDER BY event_id DESC, endpoint_id DESC LIMIT :most) AS w
JOIN webhook_endpoints e ON e.id = w.endpoint_id
JOIN outbox x ON x.transition_id = w.event_id
JOIN orders o ON o.id = x.order_id
LEFT JOIN LATERAL (
    SELECT * FROM webhook_attempts t
    WHERE t.event_id = w.event_id AND t.endpoint_id = w.endpoint_id
    ORDER BY t.fence DESC
    LIMIT 1
) AS a ON true
ORDER BY w.event_id DESC, w.endpoint_id DESC
