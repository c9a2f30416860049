-- Payme sends its own moment, which is refused when it is too old or too far ahead. Click sends none: it is ours.
SELECT id AS payment_id, order_id, provider, external_id, provider_time, created_at
FROM payments
WHERE provider_time <> created_at AND NOT (
    provider = 'payme' AND provider_time BETWEEN created_at - CAST(:late_max AS interval)
        AND created_at + CAST(:ahead_max AS interval)
)
LIMIT :limit
