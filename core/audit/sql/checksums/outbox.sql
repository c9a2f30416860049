-- What the events say of the transitions that they tell of.
SELECT shop, event, sum(hashint8extended(transition_id, hashint8extended(order_id, sequence))) AS events
FROM outbox
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, event
