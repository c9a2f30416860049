-- Writes what came of attempts. A delivery that another has claimed since has a newer fence, and is left alone; that
-- attempt is kept all the same, for it was made. One that is settled has no lease: the same results may come twice.
-- Every payment's save reads the endpoints. While a backup or a report holds a snapshot, each change of a row leaves a
-- version that the save has to pass: what says nothing new about an endpoint is noted once a second at most.
WITH results AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:results AS json)) AS n (
        event_id bigint, endpoint_id int, fence int, state text, reason text, counted int, wait_seconds float8,
        at timestamptz, milliseconds int, outcome text, status int, note text, answer text, address text
    )
),
attempts AS (
    INSERT INTO webhook_attempts (
        event_id, endpoint_id, fence, at, milliseconds, outcome, status, note, answer, address
    )
    SELECT event_id, endpoint_id, fence, at, milliseconds, outcome, status, note, answer, address
    FROM results
    ON CONFLICT DO NOTHING
),
endpoints AS (
    UPDATE webhook_endpoints e
    SET
        state = n.state, reason = n.reason, failures = n.failures, failing_since = n.failing_since,
        paused_until = n.paused_until,
        opened_at = CASE WHEN n.is_opened THEN CAST(:now AS timestamptz) ELSE e.opened_at END,
        resuming = e.resuming OR n.is_opened,
        last_success_at = CASE WHEN n.succeeded THEN CAST(:now AS timestamptz) ELSE e.last_success_at END,
        last_failure_at = CASE WHEN n.last_failure IS NULL THEN e.last_failure_at ELSE CAST(:now AS timestamptz) END,
        last_failure = coalesce(n.last_failure, e.last_failure),
        changed_at = CASE WHEN n.state <> e.state THEN CAST(:now AS timestamptz) ELSE e.changed_at END
    FROM json_to_recordset(CAST(:endpoints AS json)) AS n (
        id int, state text, reason text, failures int, failing_since timestamptz, paused_until timestamptz,
        is_opened bool, succeeded bool, last_failure text
    )
    WHERE e.id = n.id AND (
        (e.state, e.reason, e.failing_since, e.paused_until)
            IS DISTINCT FROM (n.state, n.reason, n.failing_since, n.paused_until)
        OR n.failures <> e.failures AND e.failures < CAST(:failures_counted AS int)
        OR n.is_opened
        OR n.succeeded AND coalesce(e.last_success_at, '-infinity') <= CAST(:now AS timestamptz) - interval '1 s'
        OR n.last_failure IS NOT NULL
            AND coalesce(e.last_failure_at, '-infinity') <= CAST(:now AS timestamptz) - interval '1 s'
    )
)
UPDATE deliveries d
SET
    state = n.state,
    reason = n.reason,
    tries = d.tries + n.counted,
    due_at = CASE WHEN n.state = 'due'
        THEN CAST(:now AS timestamptz) + n.wait_seconds * interval '1 s' ELSE d.due_at END,
    settled_at = CASE WHEN n.state = 'due' THEN NULL ELSE CAST(:now AS timestamptz) END,
    leased_until = NULL,
    losses = 0
FROM results n
WHERE d.event_id = n.event_id AND d.endpoint_id = n.endpoint_id AND d.fence = n.fence
    -- no index of what is due serves this: the primary key must
    AND CASE d.state WHEN 'due' THEN d.leased_until IS NOT NULL ELSE false END
RETURNING d.event_id, d.endpoint_id
