-- Asks for events of a time to be sent to an endpoint anew. One at a time: who asks again meanwhile gets no row.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
endpoint AS MATERIALIZED (
    SELECT id FROM webhook_endpoints WHERE shop = :shop AND name = :name AND state <> 'removed' FOR NO KEY UPDATE
),
inserted AS (
    INSERT INTO webhook_replays (endpoint_id, since, until, types, which, state, asked_by, created_at)
    SELECT
        e.id, CAST(:since AS timestamptz), least(CAST(:until AS timestamptz), m.now), CAST(:types AS text[]), :which,
        'running', :asked_by, m.now
    FROM endpoint e, moment m
    WHERE CAST(:since AS timestamptz) < least(CAST(:until AS timestamptz), m.now)
        AND NOT EXISTS (SELECT FROM webhook_replays r WHERE r.endpoint_id = e.id AND r.state = 'running')
    RETURNING *
)
SELECT
    (SELECT count(*) FROM endpoint) AS endpoints,
    (
        SELECT count(*) FROM webhook_replays r JOIN endpoint e ON e.id = r.endpoint_id WHERE r.state = 'running'
    ) AS running,
    i.*
FROM (SELECT 1) AS one
LEFT JOIN inserted i ON true
