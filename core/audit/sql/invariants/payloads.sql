-- A payload is frozen as of its transition: a time, a reason or terms that came later are not in it. What was overruled
-- later (a revived payment has no end any more, a refused debit another reason) was an end of ours, when the transition
-- says.
SELECT e.transition_id, e.order_id, e.event, e.payload
FROM outbox e
JOIN transitions t ON t.id = e.transition_id
JOIN orders o ON o.id = t.order_id
LEFT JOIN payments p ON p.id = t.payment_id
CROSS JOIN LATERAL (
    SELECT t.payment_to = 'cancelled' AND EXISTS (
        SELECT FROM transitions l
        WHERE l.payment_id = t.payment_id AND l.version > t.version AND l.payment_from = 'cancelled'
            AND l.verb IN ('revive', 'release')
    ) AS overruled
) later
WHERE e.transition_id >= CAST(:first_transition AS bigint) AND e.payload IS DISTINCT FROM jsonb_build_object(
    'id', 'evt_' || e.transition_id,
    'type', e.event,
    'timestamp', to_char(t.at AT TIME ZONE 'UTC', :iso),
    'schema', CAST(:event_schema AS int),
    'shop', regexp_replace(o.shop, :twin || '$', ''),
    'test', o.shop LIKE '%' || :twin,
    'data', jsonb_build_object('order', jsonb_build_object(
        'account', o.account, 'kind', o.kind, 'amount', CASE
            WHEN o.terms_at IS NOT NULL AND EXISTS (
                SELECT FROM transitions a WHERE a.order_id = o.id AND a.version > t.version AND a.verb = 'amend'
            ) THEN e.payload #> '{data,order,amount}'
            ELSE to_jsonb(o.amount)
        END,
        'state', t.order_to, 'version', t.version
    ), 'payment', CASE WHEN t.payment_id IS NOT NULL THEN jsonb_build_object(
        'id', p.id, 'provider', p.provider, 'external_id', p.external_id, 'amount', p.amount,
        'refunded', CASE t.payment_to WHEN 'reversed' THEN p.amount ELSE 0 END, 'state', t.payment_to,
        'reason', CASE
            WHEN later.overruled THEN (
                SELECT to_jsonb(r.reason)
                FROM unnest(CAST(:overruled_provider AS text[]), CAST(:overruled_reason AS int[]))
                    AS r (provider, reason)
                WHERE r.provider = p.provider AND to_jsonb(r.reason) = e.payload #> '{data,payment,reason}'
            )
            WHEN t.payment_to IN ('cancelled', 'reversed') THEN to_jsonb(p.reason)
        END,
        'created_at', to_char(p.created_at AT TIME ZONE 'UTC', :iso),
        'performed_at',
        CASE
            WHEN t.payment_to IN ('paid', 'reversed', 'moved') THEN to_char(p.performed_at AT TIME ZONE 'UTC', :iso)
        END,
        'cancelled_at',
        CASE
            WHEN later.overruled THEN (
                SELECT to_char(c.at AT TIME ZONE 'UTC', :iso) FROM transitions c
                WHERE c.payment_id = t.payment_id AND c.version <= t.version
                    AND c.payment_to = 'cancelled' AND c.payment_from <> 'cancelled'
                ORDER BY c.version DESC LIMIT 1
            )
            WHEN t.payment_to IN ('cancelled', 'reversed') THEN to_char(p.cancelled_at AT TIME ZONE 'UTC', :iso)
        END
    ) END)
)
LIMIT :limit
