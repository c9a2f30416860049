SELECT p.id AS payment_id, p.order_id, p.provider, p.external_id, p.provider_time AS opened_at, p.created_at
FROM unnest(CAST(:provider AS text[]), CAST(:lifetime AS interval[])) AS l (provider, lifetime)
JOIN payments p ON p.provider = l.provider
WHERE p.state = 'pending'
    AND least(p.provider_time, p.created_at) < CAST(:now AS timestamptz) - l.lifetime - interval '2 minutes'
    -- From before a restore that is still to be reconciled: no time is over for it.
    AND NOT EXISTS (
        SELECT FROM restores r
        WHERE r.reconciled_at IS NULL AND (r.first_payment_id IS NULL OR p.id < r.first_payment_id)
    )
LIMIT :limit
