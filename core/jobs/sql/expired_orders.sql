-- Reads the next orders that await a payment and whose time was over before a moment, those that were over first before
-- others; `since` and `last_id` as in `expired_payments.sql`. A balance with a payment under way expires later.
-- OFFSET keeps the look-up whole: it reads by the order, never all that is pending.
SELECT shop, account, id, expires_at AS due
FROM orders o
WHERE state = 'awaiting' AND expires_at >= CAST(:since AS timestamptz) AND expires_at < CAST(:before AS timestamptz)
    AND (expires_at, id) > (CAST(:since AS timestamptz), CAST(:last_id AS bigint))
    AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.state = 'pending' OFFSET 0)
ORDER BY expires_at, id
LIMIT CAST(:most AS int)
