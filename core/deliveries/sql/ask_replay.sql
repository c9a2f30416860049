-- Asks for events of a time to be sent to an endpoint anew. One at a time: who asks again meanwhile gets no row. Of two
-- at once neither sees the other's: the unique index lets one of them in.
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
    ON CONFLICT (endpoint_id) WHERE state = 'running' DO NOTHING
    RETURNING *
)
SELECT
    (SELECT count(*) FROM endpoint) AS endpoints,
    CAST(:since AS timestamptz) < (SELECT now FROM moment) AS is_past,
    i.*
FROM (SELECT 1) AS one
LEFT JOIN inserted i ON true
