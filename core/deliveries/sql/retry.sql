-- Makes the deliveries of one event due anew, whatever came of them: the same event, with the same id. What another
-- sends at this moment is left alone, and only then does it say so: what its lease has outlived is nobody's any more.
WITH moment AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now),
locked AS MATERIALIZED (
    SELECT d.event_id, d.endpoint_id, e.name, coalesce(d.leased_until > m.now, false) AS is_in_flight
    FROM deliveries d
    JOIN webhook_endpoints e ON e.id = d.endpoint_id AND e.shop = d.shop
    CROSS JOIN moment m
    WHERE d.event_id = :event_id AND d.shop = :shop AND e.state <> 'removed'
        AND (CAST(:name AS text) IS NULL OR e.name = :name)
    FOR NO KEY UPDATE OF d
),
changed AS (
    UPDATE deliveries d
    SET
        state = 'due', reason = NULL, tries = 0, losses = 0, due_at = m.now, leased_until = NULL, settled_at = NULL,
        created_at = m.now -- it begins anew: its age, too
    FROM locked l, moment m
    WHERE d.event_id = l.event_id AND d.endpoint_id = l.endpoint_id AND NOT l.is_in_flight
    RETURNING d.endpoint_id
)
SELECT l.name, l.is_in_flight, (SELECT count(*) FROM changed) AS changed FROM locked l ORDER BY l.name
