-- A payload is frozen as of its transition: a time or a reason that came later is not in it.
SELECT e.transition_id, e.order_id, e.event, e.payload
FROM outbox e
JOIN transitions t ON t.id = e.transition_id
JOIN orders o ON o.id = t.order_id
LEFT JOIN payments p ON p.id = t.payment_id
WHERE e.transition_id >= CAST(:first_transition AS bigint) AND e.payload IS DISTINCT FROM jsonb_build_object(
    'event', e.event,
    'at', to_char(t.at AT TIME ZONE 'UTC', :iso),
    'order', jsonb_build_object('account', o.account, 'state', t.order_to, 'version', t.version),
    'payment', CASE WHEN t.payment_id IS NOT NULL THEN jsonb_build_object(
        'id', p.id, 'provider', p.provider, 'external_id', p.external_id, 'amount', p.amount, 'state', t.payment_to,
        'reason', CASE WHEN t.payment_to IN ('cancelled', 'reversed') THEN p.reason END,
        'created_at', to_char(p.created_at AT TIME ZONE 'UTC', :iso),
        'performed_at',
        CASE WHEN t.payment_to IN ('paid', 'reversed') THEN to_char(p.performed_at AT TIME ZONE 'UTC', :iso) END,
        'cancelled_at',
        CASE WHEN t.payment_to IN ('cancelled', 'reversed') THEN to_char(p.cancelled_at AT TIME ZONE 'UTC', :iso) END
    ) END
)
LIMIT :limit
