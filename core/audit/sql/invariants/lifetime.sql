SELECT p.id AS payment_id, p.order_id, p.provider, p.external_id, p.provider_time AS opened_at, p.created_at
FROM unnest(CAST(:provider AS text[]), CAST(:lifetime AS interval[])) AS l (provider, lifetime)
JOIN payments p ON p.provider = l.provider
WHERE p.state = 'pending'
    AND least(p.provider_time, p.created_at) < CAST(:now AS timestamptz) - l.lifetime - interval '2 minutes'
LIMIT :limit
