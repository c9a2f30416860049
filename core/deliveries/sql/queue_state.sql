-- Counts what waits, up to a bound. An endpoint's oldest is the first of its due ones: new ones are due at -infinity,
-- and the index has the others by when they are tried again, so of some thousand the earliest event is taken.
WITH enabled AS MATERIALIZED (
    SELECT id, paused_until FROM webhook_endpoints WHERE state = 'enabled' AND url IS NOT NULL
)
SELECT
    (SELECT count(*) FROM (
        SELECT FROM webhook_endpoints e JOIN deliveries d ON d.endpoint_id = e.id AND d.state = 'due'
        WHERE e.state <> 'removed' LIMIT :most
    ) AS due) AS due,
    (SELECT count(*) FROM (
        SELECT FROM webhook_endpoints e JOIN deliveries d ON d.endpoint_id = e.id AND d.state = 'dead'
        WHERE e.state <> 'removed' LIMIT :most
    ) AS dead) AS dead,
    coalesce(greatest(0, (
        SELECT max(extract(epoch FROM coalesce(CAST(:now AS timestamptz), now()) - f.created_at))
        FROM enabled e
        CROSS JOIN LATERAL (
            SELECT min(s.created_at) AS created_at FROM (
                SELECT created_at FROM deliveries d
                WHERE d.endpoint_id = e.id AND d.state = 'due' ORDER BY d.due_at, d.event_id LIMIT 1000
            ) AS s
        ) AS f
    )), 0)::float8 AS oldest_seconds,
    (SELECT count(*) FROM webhook_endpoints WHERE state = 'enabled') AS enabled,
    (SELECT count(*) FROM webhook_endpoints WHERE state = 'disabled') AS disabled,
    (SELECT count(*) FROM enabled WHERE paused_until IS NOT NULL) AS paused
