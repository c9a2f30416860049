-- Lists the deliveries of one event of a shop, each with its newest attempts; also those to endpoints that are removed.
SELECT
    d.event_id, d.endpoint_id, e.name, x.event, x.at AS event_at, o.account,
    d.state, d.reason, d.tries, d.losses, d.fence,
    CASE WHEN isfinite(d.due_at) THEN d.due_at END AS due_at, d.leased_until, d.settled_at,
    a.at, a.milliseconds, a.outcome, a.status, a.note, a.answer, a.address
FROM outbox x
JOIN orders o ON o.id = x.order_id
JOIN deliveries d ON d.event_id = x.transition_id AND d.shop = x.shop
JOIN webhook_endpoints e ON e.id = d.endpoint_id AND e.shop = x.shop
LEFT JOIN LATERAL (
    SELECT * FROM webhook_attempts t
    WHERE t.event_id = d.event_id AND t.endpoint_id = d.endpoint_id
    ORDER BY t.fence DESC
    LIMIT :most
) AS a ON true
WHERE x.transition_id = :event_id AND x.shop = :shop
ORDER BY e.name, d.endpoint_id, a.fence
