-- Changes what is given of an endpoint, and nothing else. One that is enabled begins anew: what has waited is made due.
-- Who replaces a secret by its generation changes nothing once somebody has replaced it; nor does a shop that enables
-- what the operator has just disabled.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
before AS MATERIALIZED (
    SELECT * FROM webhook_endpoints
    WHERE shop = :shop AND name = :name AND state <> 'removed'
        AND (CAST(:replaces AS int) IS NULL OR generation = :replaces)
        AND (CAST(:unless AS text) IS NULL OR reason IS DISTINCT FROM :unless)
    FOR NO KEY UPDATE
),
changed AS (
    UPDATE webhook_endpoints e
    SET
        url = CASE WHEN :sets_url THEN CAST(:url AS text) ELSE e.url END,
        events = CASE WHEN :sets_events THEN CAST(:events AS text[]) ELSE e.events END,
        -- Of types that it did not ask for before, it is owed nothing of the past.
        since = CASE WHEN CAST(:sets_events AS bool)
                AND (CAST(:events AS text[]) IS NULL OR NOT CAST(:events AS text[]) <@ b.events) AND b.events IS NOT NULL
            THEN m.now ELSE e.since END,
        filled_until = CASE WHEN CAST(:sets_events AS bool)
                AND (CAST(:events AS text[]) IS NULL OR NOT CAST(:events AS text[]) <@ b.events) AND b.events IS NOT NULL
            THEN m.now ELSE e.filled_until END,
        state = coalesce(CAST(:state AS text), e.state),
        reason = CASE WHEN CAST(:state AS text) IS NULL THEN e.reason ELSE CAST(:reason AS text) END,
        source = coalesce(CAST(:source AS text), e.source),
        failures = CASE WHEN CAST(:state AS text) = 'enabled' THEN 0 ELSE e.failures END,
        failing_since = CASE WHEN CAST(:state AS text) = 'enabled' THEN NULL ELSE e.failing_since END,
        paused_until = CASE WHEN CAST(:state AS text) IS NULL THEN e.paused_until END,
        opened_at = CASE WHEN CAST(:state AS text) = 'enabled' THEN m.now ELSE e.opened_at END,
        resuming = CASE WHEN CAST(:state AS text) IS NULL THEN e.resuming ELSE CAST(:state AS text) = 'enabled' END,
        generation = e.generation + CAST(CAST(:keep AS interval) IS NOT NULL AS int),
        previous_until = CASE WHEN CAST(:keep AS interval) IS NULL THEN e.previous_until
            ELSE m.now + CAST(:keep AS interval) END,
        key_print = coalesce(CAST(:key_print AS text), e.key_print),
        changed_at = m.now
    FROM before b, moment m
    WHERE e.id = b.id
    RETURNING e.*
)
SELECT * FROM changed
