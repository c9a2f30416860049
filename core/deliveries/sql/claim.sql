-- Takes deliveries that are due, each for as long as the lease lasts: one that is not settled by then is lost, and
-- what comes of it later has an older fence. No indexed column changes, so that the update stays on its page.
-- Within a stream one is in flight at a time, in order; one that waits for a retry holds its successors back for a
-- minute, counted from their own beginning or since the endpoint was last opened. An endpoint that is paused is probed
-- by one delivery over all processes, its earliest, due or not; a head that has failed six probes lets others by.
-- Of those that were lost twice, by whatever ended their senders, each sender has one at a time: the one that is to
-- blame then ends by itself, and not with all that was in flight beside it.
-- Nobody is sent what a synchronous standby may lack: this statement's own commit comes after the event's.
-- MATERIALIZED, or the planner may take more rows than it locks; LATERAL for each endpoint, so that the backlog of one
-- never hides another's. What is asked of single rows is a SELECT with LIMIT 1: of an EXISTS the planner would make a
-- join that reads all that is due anywhere. What is due is `state = 'due'` for one index, `settled_at IS NULL` for the
-- other, so that neither is read in place of the other.
WITH moment AS MATERIALIZED (
    SELECT
        coalesce(CAST(:now AS timestamptz), now()) AS now,
        set_config(
            'synchronous_commit',
            CASE current_setting('synchronous_standby_names')
                WHEN '' THEN 'off' ELSE current_setting('synchronous_commit')
            END,
            true
        ),
        set_config('client_min_messages', 'warning', true)
),
probes AS (
    UPDATE webhook_endpoints e
    SET paused_until = (SELECT now FROM moment) + CAST(:lease AS interval)
    WHERE e.id IN (
        SELECT p.id FROM webhook_endpoints p
        WHERE p.state = 'enabled' AND p.url IS NOT NULL AND p.paused_until <= (SELECT now FROM moment)
            AND (
                SELECT true FROM deliveries d
                WHERE d.endpoint_id = p.id AND d.state = 'due'
                    AND coalesce(d.leased_until, '-infinity') <= (SELECT now FROM moment)
                LIMIT 1
            )
        FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING e.id
),
open_endpoints AS MATERIALIZED (
    SELECT
        e.id, e.opened_at, e.paused_until IS NOT NULL AS is_probe,
        CASE WHEN e.paused_until IS NULL THEN coalesce(r.room, :fresh_room) ELSE 1 END AS room,
        row_number() OVER (PARTITION BY e.paused_until IS NULL AND r.is_warm IS TRUE ORDER BY random()) AS place,
        e.paused_until IS NULL AND r.is_warm IS TRUE AS is_warm
    FROM webhook_endpoints e
    LEFT JOIN unnest(CAST(:room_of AS int[]), CAST(:room AS int[]), CAST(:warm AS bool[])) AS r (id, room, is_warm)
        ON r.id = e.id
    WHERE e.state = 'enabled' AND e.url IS NOT NULL AND e.id <> ALL (CAST(:full AS int[]))
        AND (e.paused_until IS NULL OR e.id IN (SELECT id FROM probes))
        AND (
            SELECT d.due_at FROM deliveries d WHERE d.endpoint_id = e.id AND d.state = 'due' ORDER BY d.due_at LIMIT 1
        ) <= CASE WHEN e.paused_until IS NULL THEN (SELECT now FROM moment) ELSE 'infinity' END
),
found AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id, o.is_probe, d.is_suspect
    FROM (
        SELECT * FROM open_endpoints WHERE is_warm OR place <= CAST(:cold_endpoints AS int) ORDER BY place
    ) AS o
    CROSS JOIN LATERAL (
        SELECT d.event_id, d.endpoint_id, d.leased_until IS NOT NULL AND d.losses > 0 AS is_suspect
        FROM deliveries d
        WHERE d.endpoint_id = o.id AND d.state = 'due'
            AND d.due_at <= CASE WHEN o.is_probe THEN 'infinity' ELSE (SELECT now FROM moment) END
            AND coalesce(d.leased_until, '-infinity') <= (SELECT now FROM moment)
            AND CASE WHEN (
                SELECT true FROM deliveries b
                WHERE b.stream = d.stream AND b.settled_at IS NULL
                    AND b.endpoint_id IS NOT DISTINCT FROM d.endpoint_id
                    AND (
                        b.leased_until > (SELECT now FROM moment) AND b.event_id <> d.event_id
                        OR b.sequence < d.sequence AND CASE
                            WHEN o.is_probe THEN b.fence - b.tries - b.losses < :probes_of_head
                            ELSE b.due_at <= (SELECT now FROM moment)
                                -- One that seems to come from the future comes from a machine whose clock is wrong.
                                OR CASE WHEN d.created_at > (SELECT now FROM moment) THEN o.opened_at
                                    ELSE greatest(d.created_at, o.opened_at) END
                                    > (SELECT now FROM moment) - CAST(:held_back AS interval)
                        END
                    )
                LIMIT 1
            ) THEN false ELSE true END
        -- Of IS NULL the planner would expect next to none, and read and sort all that is due.
        ORDER BY d.due_at, d.event_id
        LIMIT greatest(o.room, 0)
        FOR UPDATE OF d SKIP LOCKED
    ) AS d
    LIMIT :most
),
picked AS MATERIALIZED (
    SELECT event_id, endpoint_id, is_probe
    FROM (SELECT *, row_number() OVER (PARTITION BY is_suspect ORDER BY event_id) AS place FROM found) AS numbered
    WHERE NOT is_suspect OR place <= CAST(:suspects AS int)
),
claimed AS (
    UPDATE deliveries d
    SET
        fence = d.fence + 1,
        losses = d.losses + CAST(d.leased_until IS NOT NULL AS int),
        state = CASE WHEN d.losses + CAST(d.leased_until IS NOT NULL AS int) < :most_losses THEN 'due' ELSE 'dead' END,
        reason = CASE WHEN d.losses + CAST(d.leased_until IS NOT NULL AS int) < :most_losses THEN NULL
            ELSE 'kills_workers' END,
        settled_at = CASE WHEN d.losses + CAST(d.leased_until IS NOT NULL AS int) < :most_losses THEN NULL
            ELSE (SELECT now FROM moment) END,
        leased_until = CASE WHEN d.losses + CAST(d.leased_until IS NOT NULL AS int) < :most_losses
            THEN (SELECT now FROM moment) + CAST(:lease AS interval) END
    FROM picked p
    WHERE d.event_id = p.event_id AND d.endpoint_id = p.endpoint_id
    RETURNING d.event_id, d.endpoint_id, d.fence, d.tries, d.losses, d.state, p.is_probe
)
SELECT
    c.event_id, c.endpoint_id, c.fence, c.tries, c.losses, c.state = 'dead' AS is_dead, c.is_probe,
    x.event, CAST(x.payload AS text) AS body, x.at, t.correlation_id,
    e.url, e.shop, e.name, e.source, e.generation, e.previous_until, e.key_print,
    (SELECT now FROM moment) AS now
FROM claimed c
JOIN outbox x ON x.transition_id = c.event_id
JOIN transitions t ON t.id = c.event_id
JOIN webhook_endpoints e ON e.id = c.endpoint_id
