-- Settles what a shop has taken and dealt with. What it has taken again since, or somebody has made due anew, has
-- another fence, and is left alone; what was acknowledged before stays so.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
taken AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id, d.fence, d.state
    FROM unnest(CAST(:event_ids AS bigint[]), CAST(:fences AS int[])) AS n (event_id, fence)
    JOIN webhook_endpoints e ON e.id = :endpoint_id AND e.shop = :shop
    JOIN deliveries d ON d.event_id = n.event_id AND d.endpoint_id = e.id AND d.fence = n.fence
    WHERE d.state = 'delivered' OR (d.state = 'due' AND d.leased_until IS NOT NULL)
    ORDER BY d.event_id
    FOR NO KEY UPDATE OF d
),
attempts AS (
    INSERT INTO webhook_attempts (event_id, endpoint_id, fence, at, milliseconds, outcome, note)
    SELECT t.event_id, t.endpoint_id, t.fence, m.now, 0, 'received', 'acknowledged'
    FROM taken t, moment m
    ON CONFLICT DO NOTHING
),
settled AS (
    UPDATE deliveries d
    SET state = 'delivered', settled_at = m.now, leased_until = NULL
    FROM taken t, moment m
    WHERE d.event_id = t.event_id AND d.endpoint_id = t.endpoint_id AND t.state = 'due'
),
endpoint AS (
    UPDATE webhook_endpoints e SET last_success_at = m.now
    FROM moment m
    WHERE e.id = :endpoint_id AND e.shop = :shop AND EXISTS (SELECT FROM taken)
        -- once a second at most, as in `settle.sql`
        AND coalesce(e.last_success_at, '-infinity') <= m.now - interval '1 s'
)
SELECT event_id, fence FROM taken
