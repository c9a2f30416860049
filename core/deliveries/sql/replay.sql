-- Makes the next events of a replay due, and writes down how far it has come, in one statement: a process that dies has
-- done a whole step or nothing, and any other goes on. The outbox is gone through by its ids, so many rows at a time,
-- whatever they are: a shop's own may lie far apart. What is being sent at this moment is left alone.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
replay AS MATERIALIZED (
    SELECT r.*, e.shop, e.events, e.state AS endpoint_state
    FROM webhook_replays r
    JOIN webhook_endpoints e ON e.id = r.endpoint_id
    WHERE r.state = 'running'
    ORDER BY r.id
    LIMIT 1
    FOR NO KEY UPDATE OF r SKIP LOCKED
),
looked_at AS MATERIALIZED (
    SELECT transition_id, shop, order_id, sequence, event, at
    FROM outbox
    WHERE transition_id > (SELECT coalesce(reached, 0) FROM replay)
    ORDER BY transition_id
    LIMIT :looked_at
),
chosen AS MATERIALIZED (
    SELECT
        l.transition_id, r.endpoint_id, l.shop, l.sequence, r.which,
        CASE WHEN o.kind = 'accumulative' AND t.payment_id IS NOT NULL THEN -t.payment_id ELSE l.order_id END AS stream
    FROM replay r
    JOIN looked_at l ON l.shop = r.shop AND l.at >= r.since AND l.at < r.until
    JOIN transitions t ON t.id = l.transition_id
    JOIN orders o ON o.id = l.order_id
    LEFT JOIN deliveries d ON d.event_id = l.transition_id AND d.endpoint_id = r.endpoint_id
    WHERE r.endpoint_state <> 'removed'
        AND (r.types IS NULL OR l.event = ANY (r.types)) AND (r.events IS NULL OR l.event = ANY (r.events))
        AND CASE r.which WHEN 'dead' THEN d.state = 'dead' WHEN 'missing' THEN d.event_id IS NULL ELSE true END
    ORDER BY l.transition_id
    LIMIT :most
),
replayed AS (
    INSERT INTO deliveries AS d (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT c.transition_id, c.endpoint_id, c.shop, c.stream, c.sequence, 'due', m.now, m.now
    FROM chosen c, moment m
    ORDER BY c.transition_id
    ON CONFLICT (event_id, endpoint_id) DO UPDATE
    SET
        state = 'due', reason = NULL, tries = 0, losses = 0, due_at = excluded.due_at, leased_until = NULL,
        settled_at = NULL, created_at = excluded.created_at
    WHERE coalesce(d.leased_until, '-infinity') <= excluded.created_at
        AND CASE (SELECT which FROM replay) WHEN 'dead' THEN d.state = 'dead' WHEN 'all' THEN true ELSE false END
    RETURNING 1
),
step AS MATERIALIZED (
    SELECT
        r.id,
        (SELECT count(*) FROM replayed) AS replayed,
        CASE WHEN (SELECT count(*) FROM chosen) = :most THEN (SELECT max(transition_id) FROM chosen)
            ELSE (SELECT max(transition_id) FROM looked_at) END AS reached,
        r.endpoint_state = 'removed'
            OR (SELECT count(*) FROM chosen) < :most AND (SELECT count(*) FROM looked_at) < :looked_at AS is_last
    FROM replay r
)
UPDATE webhook_replays r
SET
    reached = coalesce(s.reached, r.reached),
    replayed = r.replayed + s.replayed,
    state = CASE WHEN s.is_last THEN 'ended' ELSE 'running' END,
    ended_at = CASE WHEN s.is_last THEN (SELECT now FROM moment) END
FROM step s
WHERE r.id = s.id
RETURNING s.replayed
