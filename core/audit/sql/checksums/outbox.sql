-- Sums up the events, for comparison with their transitions.
SELECT
    shop, event,
    sum(timestamp_hash_extended(
        CAST(due_at AS timestamp), hashint8extended(transition_id, hashint8extended(order_id, sequence))
    )) AS events,
    count(*) FILTER (WHERE state <> 'due' OR attempts <> 0 OR fence <> 0 OR leased_until IS NOT NULL) AS marked
FROM outbox
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, event
