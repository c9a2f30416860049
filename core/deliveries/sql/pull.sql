-- Lets a shop that is sent nothing take what is due: for as long as the lease lasts, in the order of `claim.sql`, and
-- found as it is there. What the shop does not acknowledge by then it may take again, behind all that it has not yet
-- had; for ever, for a shop that takes and does not acknowledge ends no process of ours: it is no loss, not even once the
-- endpoint has a URL.
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
picked AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id
    FROM webhook_endpoints e
    CROSS JOIN LATERAL (
        SELECT d.event_id, d.endpoint_id
        FROM deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'due' AND d.due_at <= (SELECT now FROM moment)
            AND coalesce(d.leased_until, '-infinity') <= (SELECT now FROM moment)
            AND (
                SELECT true FROM deliveries b
                WHERE b.stream = d.stream AND b.settled_at IS NULL
                    AND b.endpoint_id IS NOT DISTINCT FROM d.endpoint_id
                    AND (
                        b.leased_until > (SELECT now FROM moment) AND b.event_id <> d.event_id
                        OR b.sequence < d.sequence
                    )
                LIMIT 1
            ) IS NULL
        ORDER BY d.due_at, d.event_id
        LIMIT :most
        FOR UPDATE OF d SKIP LOCKED
    ) AS d
    WHERE e.id = :endpoint_id AND e.shop = :shop AND e.state = 'enabled' AND e.url IS NULL
),
claimed AS (
    UPDATE deliveries d
    SET
        fence = d.fence + 1,
        losses = 0,
        leased_until = (SELECT now FROM moment) + CAST(:lease AS interval),
        due_at = CASE WHEN d.leased_until IS NULL THEN d.due_at ELSE (SELECT now FROM moment) END
    FROM picked p
    WHERE d.event_id = p.event_id AND d.endpoint_id = p.endpoint_id
    RETURNING d.event_id, d.fence, d.leased_until
)
SELECT c.event_id, c.fence, c.leased_until, CAST(x.payload AS text) AS body
FROM claimed c
JOIN outbox x ON x.transition_id = c.event_id
ORDER BY c.event_id
