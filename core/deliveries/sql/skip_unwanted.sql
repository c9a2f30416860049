-- Skips deliveries that their endpoint does not ask for any more, a part at a time, in the order of their index; what is
-- in flight is not called back. Returns the last one that was looked at, behind which the next part begins.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
looked_at AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id, d.due_at
    FROM deliveries d
    WHERE d.endpoint_id = :endpoint_id AND d.state = 'due'
        AND (d.due_at, d.event_id) > (CAST(CAST(:after_due AS text) AS timestamptz), CAST(:after_event AS bigint))
    ORDER BY d.due_at, d.event_id
    LIMIT :most
),
unwanted AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id
    FROM looked_at l
    JOIN webhook_endpoints e ON e.id = l.endpoint_id
    JOIN outbox x ON x.transition_id = l.event_id
    JOIN deliveries d ON d.event_id = l.event_id AND d.endpoint_id = l.endpoint_id
    WHERE d.state = 'due' AND (e.state = 'removed' OR x.event <> ALL (e.events))
    FOR UPDATE OF d SKIP LOCKED
),
skipped AS (
    UPDATE deliveries d
    SET state = 'skipped', settled_at = m.now, leased_until = NULL
    FROM unwanted u, moment m
    WHERE d.event_id = u.event_id AND d.endpoint_id = u.endpoint_id
)
SELECT CAST(due_at AS text) AS due_at, event_id
FROM looked_at
ORDER BY looked_at.due_at DESC, looked_at.event_id DESC
LIMIT 1
