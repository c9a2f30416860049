-- Locks the endpoints of which something was heard: whether one is paused, opened or disabled is decided one after
-- another. What a crash forgets of it is done again, with the same id, so that no commit waits for the disk.
SELECT
    e.id, e.state, e.reason, e.failures, e.failing_since, e.paused_until,
    coalesce(CAST(:now AS timestamptz), now()) AS now,
    set_config(
        'synchronous_commit',
        CASE current_setting('synchronous_standby_names')
            WHEN '' THEN 'off' ELSE current_setting('synchronous_commit')
        END,
        true
    )
FROM webhook_endpoints e
WHERE e.id = ANY (CAST(:endpoint_ids AS int[]))
ORDER BY e.id
FOR NO KEY UPDATE OF e
