-- The first of what is due at each endpoint: a long queue is being worked on as long as anything is tried there.
SELECT e.id AS endpoint_id, e.shop, e.name, w.event_id, w.created_at
FROM webhook_endpoints e
CROSS JOIN LATERAL (
    SELECT d.event_id, d.created_at
    FROM deliveries d
    WHERE d.endpoint_id = e.id AND d.state = 'due' AND d.due_at < CAST(:now AS timestamptz) - interval '5 minutes'
        AND d.created_at < CAST(:now AS timestamptz) - interval '5 minutes'
        AND coalesce(d.leased_until, '-infinity') < CAST(:now AS timestamptz) - interval '5 minutes'
    ORDER BY d.due_at, d.event_id
    LIMIT 1
) w
WHERE e.state = 'enabled' AND e.url IS NOT NULL AND e.paused_until IS NULL
    AND greatest(e.opened_at, e.last_success_at, e.last_failure_at) < CAST(:now AS timestamptz) - interval '5 minutes'
LIMIT :limit
