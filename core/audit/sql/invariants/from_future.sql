-- A gateway whose clock is ahead opens payments up to so much from the database's moment, and later ones none.
SELECT id AS payment_id, order_id, provider, external_id, provider_time, created_at
FROM payments
WHERE state = 'pending'
    AND created_at > CAST(:now AS timestamptz) + CAST(:ahead_max AS interval) + interval '2 minutes'
LIMIT :limit
