SELECT id AS payment_id, state, created_at, performed_at, cancelled_at
FROM payments
WHERE performed_at < created_at OR cancelled_at < coalesce(performed_at, created_at)
    OR (performed_at IS NOT NULL) <> (state IN ('paid', 'reversed', 'moved'))
    OR (cancelled_at IS NOT NULL) <> (state IN ('cancelled', 'reversed'))
LIMIT :limit
