-- Sums up the events, for comparison with their transitions.
SELECT
    shop, event,
    sum(timestamp_hash_extended(
        CAST(at AS timestamp), hashint8extended(transition_id, hashint8extended(order_id, sequence))
    )) AS events
FROM outbox
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, event
