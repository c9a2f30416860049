-- Frozen as things stood after the transition: a time or a reason that came later is not in it.
SELECT x.transition_id, x.order_id, x.event, x.payload
FROM outbox x
JOIN transitions m ON m.id = x.transition_id
JOIN orders o ON o.id = m.order_id
LEFT JOIN payments p ON p.id = m.payment_id
WHERE x.transition_id >= CAST(:first_transition AS bigint) AND x.payload IS DISTINCT FROM jsonb_build_object(
    'event', x.event,
    'at', to_char(m.at AT TIME ZONE 'UTC', :iso),
    'order', jsonb_build_object('account', o.account, 'state', m.order_to, 'version', m.version),
    'payment', CASE WHEN m.payment_id IS NOT NULL THEN jsonb_build_object(
        'id', p.id, 'provider', p.provider, 'external_id', p.external_id, 'amount', p.amount, 'state', m.payment_to,
        'reason', CASE WHEN m.payment_to IN ('cancelled', 'reversed') THEN p.reason END,
        'created_at', to_char(p.created_at AT TIME ZONE 'UTC', :iso),
        'performed_at',
        CASE WHEN m.payment_to IN ('paid', 'reversed') THEN to_char(p.performed_at AT TIME ZONE 'UTC', :iso) END,
        'cancelled_at',
        CASE WHEN m.payment_to IN ('cancelled', 'reversed') THEN to_char(p.cancelled_at AT TIME ZONE 'UTC', :iso) END
    ) END
)
LIMIT :limit
