-- Makes due what waited while its endpoint was away, some at a time: each stream at one moment within ten seconds of
-- the opening, so that streams don't come all at once. What has begun since then keeps its own time.
WITH chosen AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id, e.opened_at
    FROM webhook_endpoints e
    JOIN deliveries d ON d.endpoint_id = e.id
    WHERE e.id = :endpoint_id AND e.resuming AND d.state = 'due' AND d.due_at > e.opened_at + interval '10 s'
        AND d.created_at <= e.opened_at AND d.leased_until IS NULL
    ORDER BY d.due_at, d.event_id
    LIMIT :most
    FOR UPDATE OF d SKIP LOCKED
),
moved AS (
    UPDATE deliveries d
    SET due_at = c.opened_at + interval '1 ms' * (abs(CAST(hashint8(d.stream) AS bigint)) % 10000)
    FROM chosen c
    WHERE d.event_id = c.event_id AND d.endpoint_id = c.endpoint_id
    RETURNING 1
),
ended AS (
    UPDATE webhook_endpoints e SET resuming = false
    WHERE e.id = :endpoint_id AND e.resuming AND (SELECT count(*) FROM chosen) < :most
)
SELECT count(*) AS resumed FROM moved
