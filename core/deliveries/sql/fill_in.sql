-- Makes the deliveries that events lack: those that an older release has written, beside this one or before it.
-- `since` twice, for the index of the outbox by its times finds events by what is known before anything is read.
WITH endpoint AS MATERIALIZED (
    SELECT id, shop, events, greatest(since, CAST(:since AS timestamptz)) AS since
    FROM webhook_endpoints
    WHERE id = :endpoint_id AND state <> 'removed'
),
inserted AS (
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT
        x.transition_id, e.id, x.shop,
        CASE WHEN o.kind = 'accumulative' AND t.payment_id IS NOT NULL THEN -t.payment_id ELSE x.order_id END,
        x.sequence, 'due', '-infinity', x.at
    FROM endpoint e
    JOIN outbox x ON x.shop = e.shop AND (e.events IS NULL OR x.event = ANY (e.events))
    JOIN transitions t ON t.id = x.transition_id
    JOIN orders o ON o.id = x.order_id
    WHERE x.at >= CAST(:since AS timestamptz) AND x.at >= e.since AND x.at < CAST(:until AS timestamptz)
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.event_id = x.transition_id AND d.endpoint_id = e.id)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS filled_in FROM inserted
