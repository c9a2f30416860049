-- Writes down what endpoints have received that have failed at nothing lately: there is nothing to be decided for them,
-- and no row of theirs is locked. Where another process notes a failure just then, it is as if that had come later.
-- What `settle.sql` says of fences, leases and an endpoint's row holds here, too.
WITH moment AS MATERIALIZED (
    SELECT
        coalesce(CAST(:now AS timestamptz), now()) AS now,
        set_config(
            'synchronous_commit',
            CASE current_setting('synchronous_standby_names')
                WHEN '' THEN 'off' ELSE current_setting('synchronous_commit')
            END,
            true
        )
),
healthy AS MATERIALIZED (
    SELECT id, last_success_at FROM webhook_endpoints
    WHERE id = ANY (CAST(:endpoint_ids AS int[]))
        AND failures = 0 AND failing_since IS NULL AND paused_until IS NULL
),
results AS MATERIALIZED (
    SELECT n.*
    FROM json_to_recordset(CAST(:results AS json)) AS n (
        event_id bigint, endpoint_id int, fence int, at timestamptz, milliseconds int, outcome text, status int,
        note text, answer text, address text
    )
    JOIN healthy h ON h.id = n.endpoint_id
),
endpoints AS (
    UPDATE webhook_endpoints e SET last_success_at = m.now
    FROM healthy h, moment m
    WHERE e.id = h.id AND coalesce(h.last_success_at, '-infinity') <= m.now - interval '1 s'
),
attempts AS (
    INSERT INTO webhook_attempts (
        event_id, endpoint_id, fence, at, milliseconds, outcome, status, note, answer, address
    )
    SELECT event_id, endpoint_id, fence, at, milliseconds, outcome, status, note, answer, address
    FROM results
    ON CONFLICT DO NOTHING
),
settled AS (
    UPDATE deliveries d
    SET state = 'delivered', reason = NULL, settled_at = m.now, leased_until = NULL, losses = 0
    FROM results n, moment m
    WHERE d.event_id = n.event_id AND d.endpoint_id = n.endpoint_id AND d.fence = n.fence
        AND CASE d.state WHEN 'due' THEN d.leased_until IS NOT NULL ELSE false END
    RETURNING d.event_id, d.endpoint_id
)
SELECT n.event_id, n.endpoint_id, s.event_id IS NOT NULL AS is_settled
FROM results n
LEFT JOIN settled s ON s.event_id = n.event_id AND s.endpoint_id = n.endpoint_id
