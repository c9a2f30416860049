-- What ended before an order was amended may be of its old amount, and so may all that a balance had taken.
-- `every`: check all payments, not only those that the checksums of held orders don't cover.
SELECT
    p.id AS payment_id, p.order_id, p.shop, o.shop AS shop_of_order, p.one_time, o.kind, p.amount,
    o.amount AS amount_of_order, o.min_amount, o.max_amount
FROM payments p
LEFT JOIN orders o ON o.id = p.order_id
WHERE (CAST(:every AS bool) OR p.state = 'cancelled' OR NOT p.one_time) AND (
    o.id IS NULL OR p.shop <> o.shop OR p.one_time <> (o.kind = 'one_time')
    OR (p.amount NOT BETWEEN coalesce(o.amount, o.min_amount, 1) AND coalesce(o.amount, o.max_amount, p.amount)
        AND (p.created_at > coalesce(o.terms_at, '-infinity') OR (p.one_time AND p.state IN ('pending', 'paid'))))
)
LIMIT :limit
