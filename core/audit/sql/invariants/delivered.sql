SELECT d.event_id, d.endpoint_id, d.shop, d.state, a.outcome AS last_outcome
FROM deliveries d
LEFT JOIN webhook_attempts a ON a.event_id = d.event_id AND a.endpoint_id = d.endpoint_id AND a.fence = d.fence
WHERE d.state = 'delivered' AND a.outcome IS DISTINCT FROM 'received'
    AND (CAST(:every AS bool) OR d.event_id >= coalesce(
        (SELECT min(transition_id) FROM outbox WHERE at >= :yesterday), 9223372036854775807
    ))
LIMIT :limit
