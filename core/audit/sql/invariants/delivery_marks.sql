SELECT
    e.transition_id, e.order_id, e.event, e.state, e.attempts, e.fence, e.leased_until, e.due_at, t.at
FROM outbox e
JOIN transitions t ON t.id = e.transition_id
WHERE e.state <> 'due' OR e.attempts <> 0 OR e.fence <> 0 OR e.leased_until IS NOT NULL OR e.due_at <> t.at
LIMIT :limit
